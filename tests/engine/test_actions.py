"""Actions and steps are declared before they are implemented, and each is implemented exactly once."""

import types

import pytest

from handlers import table
from handlers.engine.actions import DECLARED, action, answer
from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button
from handlers.engine.router import Table
from locales import later
from storage.people.people import Role

CARD, SIGNING, OTHER = "handlers/garden/cards.py", "handlers/garden/signing.py", "handlers/orchard/signing.py"


@pytest.fixture(autouse=True)
def _nothing_stays_declared():
    kept = len(DECLARED)
    yield
    del DECLARED[kept:]


def written_in(path: str, run):
    """The same function as if it stood in this file."""
    made = types.FunctionType(run.__code__, run.__globals__, argdefs=run.__defaults__)
    made.__module__ = path.removesuffix(".py").replace("/", ".")
    return made


def declared_in(path: str, source: str):
    """What a file of this source declares as `found`."""
    names = {"__name__": path.removesuffix(".py").replace("/", "."), "action": action, "answer": answer}
    exec(source, names)
    return names["found"]


def look_over(turn, course: int, unit: int) -> None:
    turn.heard = {"course": course, "unit": unit}


def words_typed(turn, words: str, course: int) -> None:
    turn.heard = {"words": words, "course": course}


# -- declared, then implemented


def test_a_button_presses_what_no_file_implements_yet():
    declared = action("go", "course", "unit")
    assert Button("Look", declared, unit=40, course=3).data == "go:3:14"


def test_what_is_implemented_is_found_by_its_key_and_can_be_called():
    declared, conversation = action("go", "course", "unit"), Conversation("garden")
    assert conversation.does(declared)(look_over) is declared
    assert Table([conversation]).actions == {"go": declared}

    turn = types.SimpleNamespace()
    declared(turn, course=3, unit=40)
    assert turn.heard == {"course": 3, "unit": 40}


def test_ids_stand_on_the_wire_in_the_order_in_which_they_are_declared():
    declared = action("go", "course", "unit")
    assert declared.ids(["3", "14"]) == {"course": 3, "unit": 40}
    assert declared.ids(["3"]) is None


def test_who_may_its_place_in_the_menu_and_a_step_left_alone_are_declared():
    head = frozenset({Role.UNIT_HEAD})
    declared = action("go", may=head, aside=True, menu=later("Timetable"), rank=7, on_keyboard=True)
    conversation = Conversation("garden")
    conversation.does(declared)(written_in(SIGNING, lambda turn: None))
    table = Table([conversation])

    assert (table.menu(head), table.menu(frozenset({Role.LEARNER}))) == ([declared], [])
    assert (declared.aside, declared.rank, declared.on_keyboard) == (True, 7, True)
    assert table.words["timetable"] == (declared.run, head)


def test_a_step_is_asked_for_before_a_file_implements_it():
    declared, conversation = answer("words", "course", version=2), Conversation("garden")
    assert conversation.does(declared)(words_typed) is declared
    assert declared.version == 2
    assert Table([conversation]).steps == {"words": declared}


def test_an_action_that_only_its_own_file_offers_is_named_by_its_function():
    conversation = Conversation("garden")
    assert conversation.button("go")(look_over).data({"unit": 40, "course": 3}) == "go:3:14"


# -- what does not fit is told with both files


@pytest.mark.parametrize("names", [("unit", "course"), ("course",), ("course", "unit", "gate")])
def test_what_is_implemented_with_other_ids_is_told_with_both_files(names):
    declared = declared_in(CARD, f"found = action('go', *{names})")
    with pytest.raises(ValueError, match=r"garden/cards\.py declares 'go' .* handlers/garden/signing\.py"):
        Conversation("garden").does(declared)(written_in(SIGNING, look_over))


def test_a_step_that_keeps_something_else_is_told_with_both_files():
    declared = declared_in(CARD, "found = answer('words', 'unit')")
    with pytest.raises(ValueError, match=r"garden/cards\.py declares 'words' .* handlers/garden/signing\.py"):
        Conversation("garden").does(declared)(written_in(SIGNING, words_typed))


def test_what_two_files_implement_is_told_with_both():
    declared = action("go", "course", "unit")
    Conversation("garden").does(declared)(written_in(SIGNING, look_over))
    with pytest.raises(ValueError, match=f"{SIGNING} and {OTHER} both implement 'go'"):
        Conversation("orchard").does(declared)(written_in(OTHER, look_over))


def test_one_key_declared_in_two_files_is_told_with_those_that_implement_it():
    conversations = [Conversation("garden"), Conversation("orchard")]
    for conversation, path in zip(conversations, (SIGNING, OTHER), strict=True):
        conversation.does(action("go", "course", "unit"))(written_in(path, look_over))
    with pytest.raises(ValueError, match=f"{SIGNING} and {OTHER} both claim the button 'go'"):
        Table(conversations)


# -- all that is declared is implemented


@pytest.mark.parametrize("what", ["action('go')", "answer('words')"])
def test_what_nobody_implements_stops_the_start_and_its_file_is_named(what):
    declared = declared_in(CARD, f"found = {what}")
    with pytest.raises(ValueError, match=f"{CARD} declares '(go|words)', and no conversation implements it"):
        Table([]).prove_declared([declared])


def test_what_a_conversation_outside_the_table_implements_is_not_implemented():
    declared = declared_in(CARD, "found = action('go', 'course', 'unit')")
    garden = Conversation("garden")
    garden.does(declared)(look_over)
    with pytest.raises(ValueError, match="no conversation implements it"):
        Table([]).prove_declared([declared])
    assert Table([garden]).prove_declared([declared]).actions == {"go": declared}


def test_a_start_proves_what_the_rooms_declare():
    declared_in(CARD, "found = action('go')")
    with pytest.raises(ValueError, match=CARD):
        table.__wrapped__()


def test_the_rooms_as_they_are_declare_nothing_too_much():
    assert table.__wrapped__().actions == table().actions
