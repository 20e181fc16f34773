"""The catalogues follow the source files: by path, and a sentence that moves takes its translation along."""

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from locales import catalogue


class House:
    """A made-up tree of speaking files with its catalogues."""

    def __init__(self, root) -> None:
        self.root = root

    def speaks(self, path: str, *sentences: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"_({sentence!r})\n" for sentence in sentences))

    def counts(self, path: str, one: str, many: str) -> None:
        (self.root / path).write_text(f"n_({one!r}, {many!r}, n)\n")

    def moves(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)

    def translates(self, path: str, msgid, string) -> None:
        file = self.root / "locales" / "vi" / path
        with file.open("rb") as handle:
            words = read_po(handle, locale="vi")
        words.delete(msgid[0] if isinstance(msgid, tuple) else msgid)
        words.add(msgid, string)
        with file.open("wb") as handle:
            write_po(handle, words, omit_header=True)

    def catalogues(self, code: str = "vi") -> dict[str, dict]:
        folder = self.root / "locales" / code
        return {
            path.relative_to(folder).as_posix(): {
                message.id: message.string for message in self._read(path) if message.id
            }
            for path in sorted(folder.rglob("*.po"))
        }

    def _read(self, path) -> Catalog:
        with path.open("rb") as handle:
            return read_po(handle, locale="vi")


@pytest.fixture
def house(tmp_path, monkeypatch) -> House:
    house = House(tmp_path)
    for floor in (*catalogue.SPEAKING, "locales"):
        (tmp_path / floor).mkdir()
    for code in ("vi", "en"):
        (tmp_path / "locales" / code).mkdir()
    monkeypatch.setattr(catalogue, "HERE", tmp_path / "locales")
    return house


def test_files_of_one_name_have_catalogues_of_their_own(house):
    house.speaks("handlers/gates/words.py", "Signed")
    house.speaks("handlers/reports/words.py", "Sent")
    house.speaks("bot/words.py", "Ready")
    catalogue.update()

    assert house.catalogues("en") == {
        "bot/words.po": {"Ready": "Ready"},
        "handlers/gates/words.po": {"Signed": "Signed"},
        "handlers/reports/words.po": {"Sent": "Sent"},
    }


def test_a_file_that_moves_takes_its_translations_along_and_leaves_no_folder(house):
    house.speaks("handlers/old/words.py", "Signed")
    catalogue.update()
    house.translates("handlers/old/words.po", "Signed", "Đã ký")
    house.moves("handlers/old/words.py", "handlers/gates/words.py")
    catalogue.update()

    assert house.catalogues() == {"handlers/gates/words.po": {"Signed": "Đã ký"}}
    assert not (house.root / "locales" / "vi" / "handlers" / "old").exists()


def test_a_sentence_that_moves_between_two_files_keeps_its_translation(house):
    house.speaks("handlers/card.py", "Signed", "Sent")
    house.speaks("handlers/words.py", "Ready")
    catalogue.update()
    house.translates("handlers/card.po", "Signed", "Đã ký")
    house.speaks("handlers/card.py", "Sent")
    house.speaks("handlers/words.py", "Ready", "Signed")
    catalogue.update()

    assert house.catalogues()["handlers/words.po"] == {"Ready": "", "Signed": "Đã ký"}


def test_a_count_that_moves_keeps_both_its_forms(house):
    house.counts("handlers/card.py", "{n} unit", "{n} units")
    catalogue.update()
    forms = ("{n} unit", "{n} units")
    house.translates("handlers/card.po", forms, ("{n} đơn vị",))
    house.moves("handlers/card.py", "handlers/words.py")
    catalogue.update()

    assert house.catalogues() == {"handlers/words.po": {forms: ("{n} đơn vị",)}}


def test_a_file_without_a_catalogue_and_a_catalogue_without_a_file_are_named(house):
    house.speaks("handlers/gates/words.py", "Signed")
    catalogue.update()
    house.moves("handlers/gates/words.py", "handlers/gates/cards.py")
    said = list(catalogue.problems())

    assert "vi/handlers/gates/cards.po: missing 'Signed'" in said
    assert "vi/handlers/gates/words.po: no file speaks this catalogue any more" in said


ROOT = Path(__file__).parents[2]


def said_in(path: Path) -> set[str]:
    """Every sentence a file marks for the catalogues, read from its syntax."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"_", "n_", "later"} and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_no_sentence_of_the_source_is_missed_by_the_catalogues():
    """Former outcome: a sentence with `.count)` among its fields was taken for another call, and read in English."""
    spoken = catalogue.sources()
    missed = set()
    for floor in catalogue.SPEAKING:
        for path in (ROOT / floor).rglob("*.py"):
            known = spoken.get(path.relative_to(ROOT).with_suffix(".po").as_posix(), ())
            ids = {
                one
                for message in known
                for one in ([message.id] if isinstance(message.id, str) else message.id)
            }
            missed |= {f"{path.name}: {said}" for said in said_in(path) - ids - {""}}

    assert not missed
