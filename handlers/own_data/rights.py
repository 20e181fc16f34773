"""What a person may do about his data: consent, withdraw, ask for correction or deletion."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Turn
from handlers.joining.binding import CONSENT_VERSIONS, sensitive_text
from handlers.menu.actions import cancel
from handlers.menu.menu import phone_line
from handlers.own_data import actions
from handlers.own_data.actions import open_my_data
from locales import Language
from storage.joining import mydata
from storage.messaging import dialogues
from storage.people.people import latest_consent, legal_basis, record_consent

conversation = Conversation("rights")

LONGEST_REQUEST: Final = 1000  # characters of a correction asked for
# Calendar days in which the centre answers: sources differ on calendar or working days, these are the stricter
CORRECTION, DELETION, WITHDRAWAL = timedelta(days=10), timedelta(days=20), timedelta(days=15)


def _back(turn: Turn) -> list[Button]:
    return [Button(turn.language.text("Back"), open_my_data)]


# -- consents


def consent_lines(turn: Turn) -> Iterator[Markup]:
    """What the person last said about each purpose."""
    _ = turn.language.text
    yield _("Consent to timetables and notices: {answer}", answer=_answer(turn, "basic"))
    yield _("Consent to Party status and results: {answer}", answer=_answer(turn, "sensitive"))


def _answer(turn: Turn, purpose: str) -> Markup:
    _ = turn.language.text
    consent = latest_consent(turn.session, turn.speaker.id, purpose)
    if consent is None:
        return _("never asked")
    day = turn.language.year_day(turn.language.local(consent.at).date())
    if consent.given:
        return _("agreed on {day}, version {n}", day=day, n=consent.version)
    return _("not agreed on {day}, version {n}", day=day, n=consent.version)


@conversation.does(actions.open_consents)
def open_consents(turn: Turn) -> None:
    turn.show(_consents(turn))


def _consents(turn: Turn, done: Markup | str = "") -> Message:
    _ = turn.language.text
    latest = {p: latest_consent(turn.session, turn.speaker.id, p) for p in CONSENT_VERSIONS}
    given = {purpose for purpose, consent in latest.items() if consent is not None and consent.given}
    buttons = []
    if "sensitive" in given:
        buttons.append([Button(_("Withdraw: results"), withdraw_sensitive)])
    else:
        buttons.append([Button(_("Consent: results"), ask_sensitive)])
    if "basic" not in given:
        buttons.append([Button(_("Consent: notices"), give_basic)])
    buttons.append([Button(_("Withdraw and unlink"), ask_withdrawal)])
    basis = legal_basis(turn.session, turn.speaker.centre_id, "sensitive")
    why = _("Results are also processed on this ground: {basis}.", basis=basis) if basis else ""
    text = lines(done, *consent_lines(turn), why)
    return Message(text, [*buttons, _back(turn)])


def _record(turn: Turn, purpose: str, *, given: bool) -> None:
    version = CONSENT_VERSIONS[purpose]
    record_consent(turn.session, turn.speaker.id, purpose, turn.now, given=given, version=version)


@conversation.button("ma")
def ask_sensitive(turn: Turn) -> None:
    _ = turn.language.text
    turn.show(
        sensitive_text(turn), [Button(_("I agree"), give_sensitive)], [Button(_("Back"), open_consents)]
    )


@conversation.button("mg")
def give_sensitive(turn: Turn) -> None:
    _record(turn, "sensitive", given=True)
    turn.show(_consents(turn, turn.language.text("Noted: you agree.")))


@conversation.button("mb")
def give_basic(turn: Turn) -> None:
    _record(turn, "basic", given=True)
    turn.show(_consents(turn, turn.language.text("Noted: you agree.")))


@conversation.button("mw")
def withdraw_sensitive(turn: Turn) -> None:
    latest = latest_consent(turn.session, turn.speaker.id, "sensitive")
    if latest is None or latest.given:
        _record(turn, "sensitive", given=False)
        _tell_withdrawn(turn, "sensitive")
    text = turn.language.text("Withdrawn. Marks, attendance and conduct are done in writing from now on.")
    turn.show(_consents(turn, text))


@conversation.button("mu")
def ask_withdrawal(turn: Turn) -> None:
    _ = turn.language.text
    text = lines(
        _("Do you withdraw your consent to timetables and notices here?"),
        _("All your chats are then unlinked, and the centre tells you everything in writing."),
        _("Your answer about results stays as it is."),
    )
    turn.show(text, [Button(_("Yes, withdraw"), withdraw_basic)], [Button(_("Back"), open_consents)])


@conversation.button("mz")
def withdraw_basic(turn: Turn) -> None:
    """Unlinks every chat of the person; this answer is the last thing that comes."""
    _record(turn, "basic", given=False)
    mydata.withdraw(turn.session, turn.speaker, turn.now)
    dialogues.keep(turn.session, turn.dialogue_id, keyboard=[])
    _tell_withdrawn(turn, "basic")
    _ = turn.language.text
    text = _("Withdrawn. This chat is no longer linked, and nothing more is sent to you here.")
    back = _("If you change your mind, ask the registrar for a new code.")
    turn.show(lines(text, back, phone_line(turn)))


def _tell_withdrawn(turn: Turn, purpose: str) -> None:
    """The registrars carry it out where paper takes over; one line a purpose and day."""
    person, day = turn.speaker, turn.day
    turn.log(f"{purpose}_withdrawn", about=person)

    def withdrawn(language: Language) -> Markup:
        due = language.year_day(day + WITHDRAWAL)
        if purpose == "basic":
            return language.text(
                "{name} has withdrawn the consent to timetables and notices here; the chats are unlinked. "
                "Please go on in writing. To be carried out by {day}.",
                name=person.name,
                day=due,
            )
        return language.text(
            "{name} has withdrawn the consent to Party status and results. Please do that part in "
            "writing. To be carried out by {day}.",
            name=person.name,
            day=due,
        )

    tell_registrars(turn, turn.home, withdrawn, key=f"withdrawn:{purpose}:{person.id}:{day}")


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
