"""Buttons are verbs of at most 20 characters in both languages; lists to pick from excepted."""

from pathlib import Path

import pytest

from locales import catalogue, style
from locales.labels import labels

HANDLERS = Path(__file__).parents[2] / "handlers"
SOURCE = """
Button(_("Short"), press)
Button(n_("Send to {n} person", "Send to {n} people", n), press)
turn.show(_("No button"), press)

@conversation.button("xx", menu=later("In the menu"))
def press(turn): ...
"""


def test_the_labels_are_found_where_a_button_is_made(tmp_path):
    (tmp_path / "card.py").write_text(SOURCE)

    assert labels(tmp_path) == {"Short", ("Send to {n} person", "Send to {n} people"), "In the menu"}
    assert {"All is well", "That is me", "Timetable today", "Received"} <= labels(HANDLERS)


def test_a_label_is_measured_with_its_fields_at_their_widest():
    assert not list(style.label_faults("Gửi đến {n:02d} người"))
    assert list(style.label_faults("Ký duyệt {n:02d} học viên"))  # of 120


def test_the_check_of_the_catalogues_looks_at_labels(monkeypatch):
    monkeypatch.setattr(style, "LONGEST_LABEL", 3)

    assert any("the label has" in told for told in catalogue.problems())


@pytest.mark.parametrize("code", ["vi", "en"])
def test_a_button_has_at_most_20_characters(code):
    found = [told for told in catalogue.problems() if told.startswith(f"{code}/") and "the label" in told]

    assert not found
