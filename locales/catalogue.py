"""Keeps the catalogues whole: `python -m locales.catalogue update` and `check`.

Each source file that speaks has a catalogue of its own name in every language. `update` adds new msgids
(empty in Vietnamese, which a person then translates; English repeats the msgid) and removes stale ones.
`check` fails on a missing, fuzzy or stale entry, on fields that differ between msgid and translation, and on
one msgid translated in two ways.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from locales import LANGUAGES

HERE = Path(__file__).parent
SPEAKING = ("handlers", "bot")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "later": None, "text": None, "count": (1, 2)}
OTHER_KEYWORDS: dict[str, tuple[int, ...] | None] = {"n_": (1, 2)}


def sources() -> dict[str, Catalog]:
    """What each speaking file says now, by its catalogue's name."""
    found: dict[str, Catalog] = {}
    for floor in SPEAKING:
        for path in sorted((HERE.parent / floor).rglob("*.py")):
            extracted = extract_from_file("python", path, keywords={**KEYWORDS, **OTHER_KEYWORDS})
            for _line, msgid, _comments, _context in extracted:
                found.setdefault(_name(floor, path), Catalog()).add(msgid)
    return found


def _name(floor: str, path: Path) -> str:
    """handlers/conduct.py is "conduct"; bot/demo.py is "bot-demo"."""
    return path.stem if floor == "handlers" else f"bot-{path.stem}"


def _read(path: Path, code: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as handle:
        return read_po(handle, locale=code)


def update() -> None:
    """Bring every catalogue file up to the sources."""
    spoken = sources()
    for code in LANGUAGES:
        folder = HERE / code
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.po"):
            if path.stem not in spoken:
                path.unlink()
        for name, catalogue in spoken.items():
            _write(folder / f"{name}.po", code, catalogue)


def _write(path: Path, code: str, spoken: Catalog) -> None:
    before, after = _read(path, code), Catalog(locale=code, fuzzy=False)
    for message in spoken:
        if message.id:
            old = before.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            string = old.string if old is not None and old.id == message.id else ""
            after.add(message.id, message.id if code == "en" else string)
    with path.open("wb") as handle:
        write_po(handle, after, width=110, omit_header=True, sort_output=False)


def problems() -> Iterator[str]:
    """A sentence for everything that is wrong."""
    spoken = sources()
    for code in LANGUAGES:
        wordings: dict[object, object] = {}
        for name, catalogue in spoken.items():
            path = HERE / code / f"{name}.po"
            written = _read(path, code)
            yield from _compare(f"{code}/{name}.po", catalogue, written)
            for message in written:
                if message.id and wordings.setdefault(message.id, message.string) != message.string:
                    yield f"{code}/{name}.po: {message.id!r} is translated in another way elsewhere"
        for path in (HERE / code).glob("*.po"):
            if path.stem not in spoken:
                yield f"{code}/{path.name}: no file speaks this catalogue any more"


def _compare(where: str, spoken: Catalog, written: Catalog) -> Iterator[str]:
    known = {message.id: message for message in written if message.id}
    for message in spoken:
        if message.id and message.id not in known:
            yield f"{where}: missing {message.id!r}"
    said = {message.id for message in spoken}
    for msgid, message in known.items():
        if msgid not in said:
            yield f"{where}: stale {msgid!r}"
        yield from _faults(where, message)


def _faults(where: str, message: Message) -> Iterator[str]:
    strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    ids = message.id if isinstance(message.id, (tuple, list)) else [message.id]
    if message.fuzzy:
        yield f"{where}: fuzzy {message.id!r}"
    if not all(strings):
        yield f"{where}: no translation of {message.id!r}"
    fields = set().union(*(_fields(text) for text in ids))
    for text in strings:
        if text and not _fields(text) <= fields:
            yield f"{where}: fields of {message.id!r} and its translation differ"
        if text and len(ids) == 1 and _fields(text) != fields:
            yield f"{where}: fields of {message.id!r} and its translation differ"


def _fields(text: str) -> set[str]:
    return {field for _text, field, _spec, _conversion in Formatter().parse(text) if field}


def main() -> int:
    """Command line: update or check."""
    if sys.argv[1:] == ["update"]:
        update()
        return 0
    found = sorted(set(problems()))
    print("\n".join(found) or "catalogues: complete")  # noqa: T201  a command line tool's answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
