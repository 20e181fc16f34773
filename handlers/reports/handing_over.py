"""Who fills in a unit's report (000-19): handed to somebody else, given back, prepared for the head to send."""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.messages import Button, Message, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Answered, Turn
from handlers.menu.actions import open_menu
from handlers.menu.menu import phone_line
from handlers.reports import actions, moving, opening, words
from handlers.units.actions import ask_days
from locales import Language
from storage.people.people import UNIT, Person, Role, contacts_of
from storage.reports import entries, ladder, signing
from storage.reports.reports import ReportView
from storage.reports.signing import HEADING, Acting
from storage.requests import prompts

conversation = Conversation("conduct_people")


@conversation.role(Role.DELEGATE)
def fills_in(turn: Turn) -> bool:
    """Whoever got a report to fill in is a delegate for as long as it can be sent or corrected."""
    return signing.is_delegate(turn.session, turn.speaker, turn.grants, turn.now)


# --- handing over ---


def _to_hand(turn: Turn, report: int) -> ReportView:
    """The report if the speaker may hand it over; else he is shown how it stands (Answered)."""
    view = opening.headed(turn, report, revision=0)
    if view.acting not in HEADING:
        opening.show_card(turn, view, turn.language.text("Only the head of the unit hands a report over."))
        raise Answered
    return view


@conversation.does(actions.choose_person)
def choose_person(turn: Turn, report: int, page: int) -> None:
    """Whom? The one it was handed to last comes first; who cannot be reached is shown as such."""
    _show_people(turn, _to_hand(turn, report), page)


def _show_people(turn: Turn, view: ReportView, page: int, said: Markup | str = "") -> None:
    _, report = turn.language.text, view.report.id
    people = signing.candidates(turn.session, view.unit.id, turn.speaker.id, turn.day)
    choices = [Button(_label(turn, people, one), chosen, report=report, person=one.id) for one in people]
    if people:
        question = _("Whom do you hand it to?")
    else:
        nobody = _(
            "The centre knows nobody else of {unit}. Please call it to have somebody added.",
            unit=view.unit.name,
        )
        question = lines(nobody, phone_line(turn))
    text = lines(words.heading(turn.language, view), said, question)
    away, back = Button(_("I am travelling"), ask_days), Button(_("Back"), actions.open_card, report=report)
    pick(turn, text, choices, page, choose_person, [away], [back], report=report)


def _label(turn: Turn, people: list[Person], person: Person) -> str:
    name = words.full_name(people, person)
    if contacts_of(turn.session, person.id):
        return name
    return turn.language.text("{name}: not connected", name=name).unescape()


def _candidate(turn: Turn, view: ReportView, person_id: int) -> Person:
    """Whom the report can be handed to now; else it is said why not (Answered)."""
    _ = turn.language.text
    people = signing.candidates(turn.session, view.unit.id, turn.speaker.id, turn.day)
    person = next((one for one in people if one.id == person_id), None)
    if person is not None and contacts_of(turn.session, person.id):
        return person
    why = _("It cannot be handed to that person. Please choose one of these.")
    if person is not None:
        why = lines(
            _(
                "Comrade {name} is not connected with the assistant yet, so nothing would arrive.",
                name=person.name,
            ),
            _("Please have the code on the slip entered; who has no slip may call the centre."),
            phone_line(turn),
        )
    _show_people(turn, view, 0, why)
    raise Answered


@conversation.button("hb", may=UNIT)
def chosen(turn: Turn, report: int, person: int) -> None:
    """Look before handing over."""
    _, view = turn.language.text, _to_hand(turn, report)
    to = _candidate(turn, view, person)
    acting = signing.capacity(turn.session, to.id, view.course.centre_id, view.unit.id, turn.day)
    text = lines(
        words.heading(turn.language, view),
        _("Comrade {name} is to fill it in and send it ({how}).", name=to.name,
          how=words.capacity_name(turn.language, acting) or _("as head")),
        _("You are told when it is sent, and can take it back until then."),
    )  # fmt: skip
    ways = [
        [Button(_("Hand it over"), hand_over, report=report, person=person)],
        [Button(_("Back"), choose_person, report=report, page=0)],
    ]
    turn.show(Message(text, ways))


@conversation.button("hc", may=UNIT)
def hand_over(turn: Turn, report: int, person: int) -> None:
    view = _to_hand(turn, report)
    to = _candidate(turn, view, person)
    signing.hand_over(turn.session, view.report, turn.speaker.id, to, turn.now)
    entries.pass_on(turn.session, view)
    opening.log(turn, view, "conduct_handed")
    at = moving.prompt_now(turn, view.report)
    _ = turn.language.text
    when = _("The card reaches comrade {name} at {moment}.", name=to.name, moment=turn.language.moment(at))
    opening.show_card(turn, view, lines(_("Handed over."), when if at > turn.now else ""))


@conversation.does(actions.take_back)
def take_back(turn: Turn, report: int) -> None:
    """One tap; what the other has filled in stays."""
    view = opening.headed(turn, report)
    before = turn.session.get(Person, view.report.handed_to or 0)
    if view.acting not in HEADING or view.report.revision or before is None:
        opening.show_card(turn, view)
        return
    signing.hand_back(turn.session, view.report, turn.speaker.id, turn.now)
    entries.pass_on(turn.session, view)
    opening.log(turn, view, "conduct_taken_back")
    prompts.take_back(turn.session, ladder.request_of(view.report).id)
    name = turn.speaker.name

    def taken_back(language: Language) -> Message:
        taken = language.text("Comrade {name} fills it in himself now. Thank you for your help.", name=name)
        return Message(lines(words.heading(language, view), taken))

    if before.id != turn.speaker.id:
        moving.tell_in_hours(turn, before, taken_back, f"conduct-taken:{report}")
    opening.show_card(turn, view, turn.language.text("It is yours again. What was filled in is kept."))


@conversation.does(actions.give_back)
def give_back(turn: Turn, report: int) -> None:
    """Whoever it was handed to gives it back; the heads get it with everything filled in so far."""
    view = opening.headed(turn, report, revision=0)
    to = signing.giver(turn.session, view.report)
    if view.report.handed_to != turn.speaker.id or to is None:
        opening.show_card(turn, view)
        return
    signing.hand_back(turn.session, view.report, to, turn.now)
    entries.pass_on(turn.session, view)
    opening.log(turn, view, "conduct_given_back")
    moving.prompt_now(turn, view.report)
    _ = turn.language.text
    text = _("The report has gone back to the head of the unit. What you filled in is kept.")
    turn.show(Message(lines(words.heading(turn.language, view), text), [[Button(_("Menu"), open_menu)]]))


# --- prepared by a liaison officer ---


@conversation.does(actions.submit)
def submit(turn: Turn, report: int, content: int) -> None:
    """*Trình thủ trưởng*: whoever would be asked gets it ready to be sent with one tap."""
    view = opening.headed(turn, report, revision=0)
    if view.acting != Acting.PREPARES or view.pending or view.fingerprint != content:
        opening.onward(turn, view)
        return
    view.report.prepared_by = turn.speaker.id
    entries.pass_on(turn.session, view)
    opening.log(turn, view, "conduct_prepared")
    told = moving.show_prepared(turn, view)
    _ = turn.language.text
    if told:
        text = _("It has gone to comrade {names}, who sends it.", names=", ".join(one.name for one in told))
    else:
        text = lines(_("No head of the unit can be reached here. Please call the centre."), phone_line(turn))
    turn.show(Message(lines(words.heading(turn.language, view), text), [[Button(_("Menu"), open_menu)]]))
