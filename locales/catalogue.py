"""Keeps the catalogues whole: `python -m locales.catalogue update` and `check`.

Each source file that speaks has a catalogue of its own path in every language's folder. `update` adds new msgids
(in Vietnamese with the translation any catalogue had for them, else empty for a person to translate; English
repeats the msgid) and removes stale ones, so a sentence that moves to another file keeps its words.
`check` fails on a missing, fuzzy or stale entry, on fields that differ between msgid and translation, on one msgid
translated in two ways, on Vietnamese that is not written as locales/style.py says, and on a button's words that do
not fit it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from locales import LANGUAGES
from locales.labels import labels
from locales.style import faults, label_faults

HERE = Path(__file__).parent
SPEAKING = ("handlers", "bot")
Words = str | tuple[str, ...] | list[str] | None  # one string, or one a plural form
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "later": None, "text": None, "count": (1, 2)}
OTHER_KEYWORDS: dict[str, tuple[int, ...] | None] = {"n_": (1, 2)}


def sources() -> dict[str, Catalog]:
    """What each speaking file says now, by its catalogue's path in a language's folder."""
    found: dict[str, Catalog] = {}
    for floor in SPEAKING:
        for path in sorted((HERE.parent / floor).rglob("*.py")):
            extracted = extract_from_file("python", path, keywords={**KEYWORDS, **OTHER_KEYWORDS})
            for _line, msgid, _comments, _context in extracted:
                found.setdefault(_name(path), Catalog()).add(msgid)
    return found


def _name(path: Path) -> str:
    """handlers/menu/menu.py has "handlers/menu/menu.po"."""
    return path.relative_to(HERE.parent).with_suffix(".po").as_posix()


def _kept(code: str) -> dict[str, Path]:
    """The catalogue files there are of a language, by their path in its folder."""
    folder = HERE / code
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.po"))}


def _read(path: Path, code: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as handle:
        return read_po(handle, locale=code)


def update() -> None:
    """Bring every catalogue file up to the sources."""
    spoken = sources()
    for code in LANGUAGES:
        kept = _kept(code)
        before = {name: _translations(_read(path, code)) for name, path in kept.items()}
        known = {msgid: string for words in before.values() for msgid, string in words.items()}
        for name, path in kept.items():
            if name not in spoken:
                path.unlink()
        for name, catalogue in spoken.items():
            _write(HERE / code / name, code, catalogue, {**known, **before.get(name, {})})
        _drop_empty_folders(HERE / code)


def _translations(catalogue: Catalog) -> dict[object, Words]:
    """What a catalogue has words for; a plural is known by both of its forms."""
    return {
        message.id: message.string
        for message in catalogue
        if message.id
        and (all(message.string) if isinstance(message.string, tuple | list) else message.string)
    }


def _write(path: Path, code: str, spoken: Catalog, known: dict[object, Words]) -> None:
    """Write one catalogue in the order its file speaks, with what is `known` as translations."""
    after = Catalog(locale=code, fuzzy=False)
    for message in spoken:
        if message.id:
            after.add(message.id, message.id if code == "en" else known.get(message.id, ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        write_po(handle, after, width=110, omit_header=True, sort_output=False)


def _drop_empty_folders(folder: Path) -> None:
    for inner in sorted(folder.rglob("*"), reverse=True):  # the deepest first
        if inner.is_dir() and not any(inner.iterdir()):
            inner.rmdir()


def problems() -> Iterator[str]:
    """A sentence for everything that is wrong."""
    spoken, pressed = sources(), labels(HERE.parent / SPEAKING[0])
    for code in LANGUAGES:
        wordings: dict[object, object] = {}
        for name, catalogue in spoken.items():
            written = _read(HERE / code / name, code)
            yield from _compare(f"{code}/{name}", catalogue, written)
            for message in filter(_is_said, written):
                yield from _style(code, name, message, is_label=message.id in pressed)
            for message in written:
                if message.id and wordings.setdefault(message.id, message.string) != message.string:
                    yield f"{code}/{name}: {message.id!r} is translated in another way elsewhere"
        for name in _kept(code):
            if name not in spoken:
                yield f"{code}/{name}: no file speaks this catalogue any more"


def _style(code: str, name: str, message: Message, *, is_label: bool) -> Iterator[str]:
    """What is wrong with the words themselves."""
    msgid = _forms(message.id)[-1]
    for text in _forms(message.string):
        told = [
            *(faults(name, msgid, text) if code == "vi" else ()),
            *(label_faults(text) if is_label else ()),
        ]
        yield from (f"{code}/{name}: {msgid!r}: {what}" for what in told)


def _is_said(message: Message) -> bool:
    """Whether this is a sentence, and not the file's head."""
    return bool(message.id)


def _forms(words: Words) -> list[str]:
    """One string, or one a plural form; none where there are no words yet."""
    return [one for one in (words if isinstance(words, (tuple, list)) else [words]) if one]


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
