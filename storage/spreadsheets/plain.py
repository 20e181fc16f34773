"""What was read of a workbook, as JSON and back: it is read once, apart, and looked at in later turns."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from storage.spreadsheets.leftover import LeftOut
from storage.spreadsheets.sheet import Problem, Row, Sheet, Table

_SIMPLE: Final[dict[type, Callable[[str], Any]]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    Decimal: Decimal,
}
_GROUPS: Final[dict[type, Callable[[Any], Any]]] = {tuple: tuple, dict: dict, frozenset: frozenset}
_PARTS: Final = {kind.__name__: kind for kind in (Sheet, Table, Row, Problem, LeftOut)}
_MADE: Final = {kind.__name__: make for kind, make in (_SIMPLE | _GROUPS).items()}


def plain(value: Any) -> Any:
    """Such as {"date": "2026-11-29"}: what JSON does not know stands under its type's name.

    Raises TypeError for what no reading holds.
    """
    kind = type(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if kind in _SIMPLE:
        return {kind.__name__: value.isoformat() if kind is not Decimal else str(value)}
    if kind in _GROUPS:
        return {kind.__name__: [plain(one) for one in (value.items() if kind is dict else value)]}
    if is_dataclass(value) and kind.__name__ in _PARTS:
        return {kind.__name__: {one.name: plain(getattr(value, one.name)) for one in fields(value)}}
    raise TypeError(f"no part of a reading: {kind.__name__}")


def restored(told: Any) -> Any:
    """What `plain` was given. Raises KeyError for a part that is not known (any more)."""
    if isinstance(told, list):
        return [restored(one) for one in told]
    if not isinstance(told, dict):
        return told
    ((name, within),) = told.items()
    if name in _PARTS:
        return _PARTS[name](**{field: restored(value) for field, value in within.items()})
    return _MADE[name](restored(within))
