"""What a person may do about his data: consent, withdraw, ask for correction or deletion."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from handlers.joining.consents import NAMES, asked_of, question, reached, wording
from handlers.joining.withdrawing import tell_refused, tell_withdrawn
from handlers.menu.actions import answer_consents, cancel
from handlers.menu.menu import phone_line
from handlers.own_data import actions
from handlers.own_data.actions import open_my_data
from locales import Language
from storage.joining import consents, mydata
from storage.joining.consents import SENSITIVE, VERSIONS, Said, Standing
from storage.messaging import dialogues
from storage.people.people import legal_basis

conversation = Conversation("rights")

LONGEST_REQUEST: Final = 1000  # characters of a correction asked for
# Calendar days in which the centre answers: sources differ on calendar or working days, these are the stricter
CORRECTION, DELETION = timedelta(days=10), timedelta(days=20)


def _back(turn: Turn) -> list[Button]:
    return [Button(turn.language.text("Back"), open_my_data)]


# -- consents


def consent_lines(turn: Turn) -> Iterator[Markup]:
    """What the person last said about each purpose he was ever asked for, or is now."""
    _ = turn.language.text
    for standing in _standings(turn).values():
        what, answer = _(NAMES[standing.purpose]), answer_words(turn.language, standing)
        yield _("Consent, {what}: {answer}", what=what, answer=answer)


def _standings(turn: Turn) -> dict[str, Standing]:
    return consents.standings(turn.session, turn.speaker.id, asked_of(turn, turn.speaker))


def answer_words(language: Language, standing: Standing) -> Markup:
    """How it stands and since when; a wording that has grown since is named."""
    _, last = language.text, standing.last
    if last is None:
        return _("never asked")
    told = {"day": language.year_day(language.local(last.at).date()), "n": last.version}
    if standing.said is Said.WITHDRAWN:
        return _("withdrawn on {day} (wording {n})", **told)
    if standing.said is Said.REFUSED:
        return _("not agreed on {day} (wording {n})", **told)
    if standing.is_open:
        return _(
            "agreed on {day} to wording {n}; wording {now} asks for more",
            **told,
            now=VERSIONS[standing.purpose],
        )
    return _("agreed on {day} (wording {n})", **told)


@conversation.does(actions.open_consents)
def open_consents(turn: Turn) -> None:
    turn.show(_consents(turn))


def _consents(turn: Turn, done: Markup | str = "") -> Message:
    _ = turn.language.text
    found = _standings(turn)
    basis = legal_basis(turn.session, turn.speaker.centre_id, SENSITIVE)
    why = _("Results are also processed on this ground: {basis}.", basis=basis) if basis else ""
    text = lines(done, *consent_lines(turn), why)
    return Message(text, [*_consent_buttons(turn, found), _back(turn)])


def _consent_buttons(turn: Turn, found: dict[str, Standing]) -> Iterator[list[Button]]:
    """What can be answered, given again or withdrawn, as each stands."""
    _ = turn.language.text
    asked = asked_of(turn, turn.speaker)
    if SENSITIVE in found and found[SENSITIVE].said is Said.AGREED:
        yield [Button(_("Withdraw: results"), withdraw_sensitive)]
    if SENSITIVE in asked and (found[SENSITIVE].is_open or found[SENSITIVE].said is not Said.AGREED):
        yield [Button(_("Consent: results"), ask_sensitive)]
    if any(found[one].is_open or found[one].said is not Said.AGREED for one in reached(asked)):
        yield [Button(_("Consent: notices"), ask_reached)]
    yield [Button(_("Withdraw and unlink"), ask_withdrawal)]


@conversation.does(answer_consents)
def answer_open(turn: Turn) -> None:
    """The next question that waits for an answer; the card once there is none."""
    _next(turn)


def _next(turn: Turn, done: Markup | str = "") -> None:
    purposes = consents.open_purposes(turn.session, turn.speaker.id, turn.roles)
    if reached(purposes):
        ask_reached(turn)
    elif purposes:
        ask_sensitive(turn)
    else:
        turn.show(_consents(turn, done))


def _ask(turn: Turn, purposes: list[str], no: Button) -> None:
    _ = turn.language.text
    found = _standings(turn)
    text = question(turn.language, turn.home, purposes, [found[purpose] for purpose in purposes])
    yes = Button(_("I agree"), give, shown=wording(purposes))
    turn.show(text, [yes], [no], [Button(_("Back"), open_consents)])


@conversation.button("ma")
def ask_sensitive(turn: Turn) -> None:
    """Of whom nothing of it is kept, nothing is asked."""
    if SENSITIVE not in asked_of(turn, turn.speaker):
        open_consents(turn)
        return
    _ask(
        turn,
        [SENSITIVE],
        Button(turn.language.text("I do not agree"), refuse_sensitive, shown=wording([SENSITIVE])),
    )


@conversation.button("dca")
def ask_reached(turn: Turn) -> None:
    """Whoever does not agree to it any more can only be reached on paper: he is asked whether he wants that."""
    no = Button(turn.language.text("I do not agree"), ask_withdrawal)
    _ask(turn, reached(asked_of(turn, turn.speaker)), no)


@conversation.button("dcy")
def give(turn: Turn, shown: int) -> None:
    """Counts for the question that was shown, where that is still what is asked."""
    asked = asked_of(turn, turn.speaker)
    agreed = next((one for one in (reached(asked), [SENSITIVE]) if wording(one) == shown), [])
    for purpose in agreed:
        if purpose in asked:
            consents.agree(turn.session, turn.speaker.id, purpose, turn.now)
    _next(turn, turn.language.text("Your consent is noted.") if agreed else "")


@conversation.button("dcr")
def refuse_sensitive(turn: Turn, shown: int) -> None:
    _, is_asked = turn.language.text, SENSITIVE in asked_of(turn, turn.speaker)
    if not is_asked or shown != wording([SENSITIVE]):
        _next(turn)
        return
    if consents.refuse(turn.session, turn.speaker.id, SENSITIVE, turn.now):
        tell_refused(turn, SENSITIVE)
    turn.show(_consents(turn, _("Noted. The centre tells you marks, attendance and conduct in writing.")))


@conversation.button("mg")
def give_sensitive(turn: Turn) -> None:
    """On cards of former versions, which asked for less."""
    ask_sensitive(turn)


@conversation.button("mb")
def give_basic(turn: Turn) -> None:
    """On cards of former versions, which asked without a word about what for."""
    ask_reached(turn)


@conversation.button("mw")
def withdraw_sensitive(turn: Turn) -> None:
    if consents.withdraw(turn.session, turn.speaker.id, SENSITIVE, turn.now):
        tell_withdrawn(turn, SENSITIVE)
    said = _standings(turn).get(SENSITIVE)
    text = turn.language.text(
        "Your consent is withdrawn. The centre tells you marks, attendance and conduct in writing."
    )
    turn.show(_consents(turn, text if said and said.said is Said.WITHDRAWN else ""))


@conversation.button("mu")
def ask_withdrawal(turn: Turn) -> None:
    _, is_learner = turn.language.text, SENSITIVE in _standings(turn)
    text = lines(
        _("Do you withdraw your consent to be reached by the centre here?"),
        _("All your chats are then unlinked, and the centre tells you everything in writing."),
        _("Your answer about results stays as it is.") if is_learner else "",
    )
    turn.show(text, [Button(_("Yes, withdraw"), withdraw_basic)], [Button(_("Back"), open_consents)])


@conversation.button("mz")
def withdraw_basic(turn: Turn) -> None:
    """Unlinks every chat of the person; this answer is the last thing that comes."""
    for purpose in reached(_standings(turn)):
        consents.withdraw(turn.session, turn.speaker.id, purpose, turn.now)
    mydata.withdraw(turn.session, turn.speaker, turn.now)
    dialogues.keep(turn.session, turn.dialogue_id, keyboard=[])
    tell_withdrawn(turn, "basic")
    _ = turn.language.text
    text = _(
        "Your consent is withdrawn. This chat is no longer linked, and nothing more is sent to you here."
    )
    back = _("If you change your mind, ask the registrar for a new code.")
    turn.show(lines(text, back, phone_line(turn)))


# -- correction and deletion


@conversation.does(actions.open_requests)
def open_requests(turn: Turn) -> None:
    _ = turn.language.text
    text = lines(
        _("You may ask the centre to correct or delete what it stores about you."),
        _("It answers a correction within 10 days, a deletion within 20."),
        phone_line(turn),
    )
    buttons = [[Button(_("Ask to correct"), ask_correction)], [Button(_("Ask to delete"), ask_deletion)]]
    turn.show(text, *buttons, _back(turn))


@conversation.button("mo")
def ask_correction(turn: Turn) -> None:
    """Wait for the request; one that is too long is not cut, since its end may be what matters."""
    _ = turn.language.text
    turn.ask(correction_typed)
    asked = _("Please type what is wrong and what it should be, in one message.")
    turn.show(lines(turn.wrong, asked), [Button(_("Cancel"), cancel)])


@conversation.question("mo", longest=LONGEST_REQUEST, lines=True, again=ask_correction)
def correction_typed(turn: Turn, words: str) -> None:
    due = turn.day + CORRECTION

    def asked(language: Language) -> Markup:
        return language.text(
            "{name} asks for a correction of personal data, to be answered by {day}: “{words}”",
            name=turn.speaker.name,
            day=language.year_day(due),
            words=words,
        )

    _note_request(turn, "correction_asked", due)
    _ask_centre(turn, asked, f"correction:{turn.speaker.id}:{turn.now.isoformat()}", due)


def _ask_centre(turn: Turn, asked: Callable[[Language], Markup], key: str, due: date) -> None:
    """The registrars hear what is asked for, and whoever asks by when it is answered."""
    tell_registrars(turn, turn.home, asked, key=key)
    thanks = turn.language.text("Noted. The centre answers by {day}.", day=turn.language.year_day(due))
    turn.show(lines(thanks, phone_line(turn)), _back(turn))


@conversation.button("mq")
def ask_deletion(turn: Turn) -> None:
    _ = turn.language.text
    text = lines(
        _("Do you ask the centre to delete your data?"),
        _("Your chats are unlinked and your name is removed; class rolls the law keeps stay on paper."),
    )
    turn.show(text, [Button(_("Yes, ask for it"), confirm_deletion)], _back(turn))


@conversation.button("mk")
def confirm_deletion(turn: Turn) -> None:
    """Asked once: a second press, even days later, tells when the first is due."""
    person = turn.speaker
    before = mydata.last_request(turn.session, person.id, "deletion_asked")
    asked_on = turn.language.local(before).date() if before else None
    if asked_on is None or asked_on + DELETION < turn.day:
        asked_on = turn.day
        _note_request(turn, "deletion_asked", asked_on + DELETION)
    due = asked_on + DELETION

    def asked(language: Language) -> Markup:
        return language.text(
            "{name} asks for the deletion of personal data, to be answered by {day}.",
            name=person.name,
            day=language.year_day(due),
        )

    _ask_centre(turn, asked, f"deletion:{person.id}:{asked_on}", due)


def _note_request(turn: Turn, action: str, due: date) -> None:
    turn.log(action, subject=f"due:{due.isoformat()}", about=turn.speaker)
