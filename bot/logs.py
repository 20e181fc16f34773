"""Logs: one line an event, as text or JSON, without tokens and without anybody's data.

On the standard library's logging: structlog brings rich along, 5 MiB at rest (docs/decisions.md).
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO


class Log:
    """An event is a short sentence and named fields: `log.error("turn failed", update=7)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: object) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: object) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, *, exc_info: BaseException | None = None, **fields: object) -> None:
        self._logger.error(event, exc_info=exc_info, extra={"fields": fields})


def logger(name: str) -> Log:
    return Log(name)


def configure(form: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Set up logging for the process. `secrets` are struck out wherever they turn up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines(form, tuple(secrets)))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("caunoi").setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs addresses, tokens included


class _Lines(logging.Formatter):
    def __init__(self, form: str, hidden: tuple[str, ...]) -> None:
        super().__init__()
        self.is_json, self.hidden = form == "json", hidden

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        line = json.dumps(fields, ensure_ascii=False, default=str) if self.is_json else _text(fields)
        for secret in self.hidden:
            line = line.replace(secret, "***")
        return line


def _text(fields: dict[str, Any]) -> str:
    head = f"{fields.pop('time')} {fields.pop('level'):<7} {fields.pop('event')}"
    trace = fields.pop("trace", "")
    rest = " ".join(f"{name}={value}" for name, value in fields.items())
    return f"{head} [{rest}]" + (f"\n{trace}" if trace else "")
