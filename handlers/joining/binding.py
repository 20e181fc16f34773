"""From a slip to a bound chat: who it is for, the consents asked of him.

Every button here carries a proof that this very chat has shown the code: a guessed invite id opens nothing
elsewhere, and nothing has to be remembered between two taps.
"""

import base64
import hmac
from datetime import datetime, timedelta

from markupsafe import Markup

from handlers.engine.conversation import ANYONE, Conversation
from handlers.engine.messages import Action, Button, Message, lines
from handlers.engine.telling import tell_registrars
from handlers.engine.turn import Answered, Turn
from handlers.home.home import MOST
from handlers.home.waiting import how_many, lines_of, waiting
from handlers.joining.consents import asked_of, question, reached, sensitive_question, wording
from handlers.joining.withdrawing import tell_refused
from handlers.menu.menu import command_lines, keyboard, menu_card, phone_line
from handlers.menu.tries import count_wrong, refuse_locked
from locales import Language
from storage.base.engine import lock
from storage.joining import consents, mydata
from storage.joining.consents import SENSITIVE, VERSIONS
from storage.messaging import rings, timers
from storage.people.people import Contact, Invite, Organisation, Person, bind, contacts_of

conversation = Conversation("binding")

TIME_FOR_CONSENT = timedelta(minutes=10)  # then what waits comes, the second question answered or not
CONSENT_VERSIONS = {purpose: VERSIONS[purpose] for purpose in ("basic", SENSITIVE)}  # a learner's


def open_slip(turn: Turn, invite: Invite) -> None:
    """Go on with an invite whose code this chat has shown: it is said what is wrong with it, or whose it is."""
    turn.done()
    if turn.person is not None and turn.person.id == invite.person_id:
        invite.used_at = invite.used_at or turn.now  # its owner has shown it: nobody finds it in a drawer
        _say_linked_already(turn)
    elif problem := _problem(turn, invite):
        count_wrong(turn, problem)
    elif invite.purpose == "device" and turn.person is None:
        _attach_device(turn, invite)
    else:
        turn.say(_whose_slip(turn, invite))


def _problem(turn: Turn, invite: Invite) -> Markup | None:
    """Why an invite opens nothing any more, and what to do."""
    _ = turn.language.text
    if invite.used_at is not None:
        return _("This code has been used. For another phone, please ask the registrar for a new one.")
    if invite.expires_at <= turn.now:
        day = turn.language.year_day(turn.language.local(invite.expires_at).date())
        return _("This code expired on {day}. Please ask the registrar for a new one.", day=day)
    return None


# -- whose slip it is


def _proof(turn: Turn, invite_id: int) -> int:
    """What the buttons of this chat carry: 56 bits nobody can make up for another chat or another invite."""
    signature = turn.links.keyring.sign("slip", f"{turn.account.id}:{invite_id}:{turn.chat}")
    return int.from_bytes(base64.urlsafe_b64decode(signature + "==")[:7])


def _button(turn: Turn, label: str, action: Action, invite: Invite) -> list[Button]:
    return [Button(label, action, invite=invite.id, proof=_proof(turn, invite.id))]


def _whose_slip(turn: Turn, invite: Invite) -> Message:
    _ = turn.language.text
    person = turn.session.get_one(Person, invite.person_id)
    unit = turn.session.get(Organisation, person.organisation_id) if person.organisation_id else None
    hello = _("The automatic assistant of {centre} greets you.", centre=turn.centre(person.centre_id).name)
    if unit is not None:
        slip = _("This slip was issued to {name}, {unit}. Is that you?", name=person.name, unit=unit.name)
    else:
        slip = _("This slip was issued to {name}. Is that you?", name=person.name)
    if turn.person is None:
        yes = _button(turn, _("That is me"), its_me, invite)
        return Message(lines(hello, slip), [yes, _button(turn, _("That is not me"), not_me, invite)])
    now = _("This chat is linked with {name} and would no longer be.", name=turn.person.name)
    switch = _button(turn, _("That is me: switch"), its_me, invite)
    return Message(lines(hello, slip, now), [switch, [Button(_("Leave it as it is"), leave_it)]])


def _shown(turn: Turn, invite_id: int, proof: int) -> Invite:
    """The invite this chat has shown the code of, locked; that it opens nothing is said (Answered)."""
    refuse_locked(turn)
    is_proved = hmac.compare_digest(str(_proof(turn, invite_id)), str(proof))
    invite = lock(turn.session, Invite, invite_id) if is_proved else None
    if invite is None:
        _ = turn.language.text
        count_wrong(turn, _("This button is not from this chat. Please enter the code of your own slip."))
        raise Answered
    problem = _problem(turn, invite)
    if problem is None or (turn.person is not None and turn.person.id == invite.person_id):
        return invite
    turn.show(lines(problem, phone_line(turn)))
    raise Answered


@conversation.button("ei", may=ANYONE)
def its_me(turn: Turn, invite: int, proof: int) -> None:
    found = _shown(turn, invite, proof)
    if turn.person is not None and turn.person.id == found.person_id:
        _say_linked_already(turn)
    elif found.purpose == "device":
        _attach_device(turn, found)
    else:
        turn.show(_basic_question(turn, found))


@conversation.button("ex", may=ANYONE)
def not_me(turn: Turn, invite: int, proof: int) -> None:
    """The slip reached the wrong person: the registrar hears whose it is, its owner can still use it."""
    found = _shown(turn, invite, proof)
    owner = turn.session.get_one(Person, found.person_id)

    def astray(language: Language) -> Markup:
        return language.text(
            "The slip of {name} seems to have reached somebody else, who says it is not theirs. "
            "Its code still works for its owner.",
            name=owner.name,
        )

    tell_registrars(turn, turn.centre(owner.centre_id), astray, key=f"astray:{found.id}")
    _ = turn.language.text
    thanks = _("Thank you for telling us. Nothing was linked, and the centre has been told.")
    own = _("If you have a slip of your own, please type its code.")
    turn.show(lines(thanks, own, phone_line(turn)))


@conversation.button("ek")
def leave_it(turn: Turn) -> None:
    turn.show(menu_card(turn, turn.language.text("Nothing was changed.")))


def _say_linked_already(turn: Turn) -> None:
    _ = turn.language.text
    text = _("This chat is linked with {name} already. What would you like to do?", name=turn.speaker.name)
    turn.show(menu_card(turn, text))


# -- the consents


def _basic_question(turn: Turn, invite: Invite) -> Message:
    """What his chat needs; a former version's button leads here, too: nobody agrees to what he has not read."""
    _ = turn.language.text
    owner = turn.session.get_one(Person, invite.person_id)
    asked = reached(asked_of(turn, owner))
    text = question(turn.language, turn.centre(owner.centre_id), asked)
    proof = {"invite": invite.id, "proof": _proof(turn, invite.id)}
    yes = Button(_("I agree"), agree, **proof, shown=wording(asked))
    return Message(text, [[yes], _button(turn, _("I do not agree"), decline, invite)])


@conversation.button("ed", may=ANYONE)
def decline(turn: Turn, invite: int, proof: int) -> None:
    """Nothing is bound and nothing is recorded about the slip's owner: a finder could have tapped this."""
    found = _shown(turn, invite, proof)
    _ = turn.language.text
    day = turn.language.year_day(turn.language.local(found.expires_at).date())
    text = _("Nothing was linked. The code stays valid until {day}, if you change your mind.", day=day)
    paper = _("Without it, the centre tells you everything in writing.")
    again = _button(turn, _("Look at it again"), its_me, found)
    turn.show(lines(text, paper, phone_line(turn)), again)


@conversation.button("ea", may=ANYONE)
def agree_before(turn: Turn, invite: int, proof: int) -> None:
    """On cards of former versions, which asked for less."""
    its_me(turn, invite=invite, proof=proof)


@conversation.button("ey", may=ANYONE)
def agree(turn: Turn, invite: int, proof: int, shown: int) -> None:
    """The first consent binds; a learner is asked for the sensitive one next, and either answer leaves him bound."""
    found = _shown(turn, invite, proof)
    owner = turn.session.get_one(Person, found.person_id)
    asked = reached(asked_of(turn, owner))
    is_his = turn.person is not None and turn.person.id == owner.id
    if not is_his and shown != wording(asked):
        turn.show(_basic_question(turn, found))
        return
    if not is_his:
        _bind(turn, found, owner)
        for purpose in asked:
            consents.agree(turn.session, owner.id, purpose, turn.now)
    _ask_sensitive(turn)


def _ask_sensitive(turn: Turn) -> None:
    """The second question, of whom it is still to be asked."""
    if SENSITIVE not in consents.open_purposes(turn.session, turn.speaker.id, turn.roles):
        welcome(turn)
        return
    _ = turn.language.text
    before = consents.standings(turn.session, turn.speaker.id, [SENSITIVE])[SENSITIVE]
    yes, no = (
        Button(label, answer_sensitive, version=VERSIONS[SENSITIVE], given=given)
        for label, given in ((_("I agree"), 1), (_("I do not agree"), 0))
    )
    turn.show(sensitive_question(turn, [before]), [yes], [no])


@conversation.button("es")
def agree_sensitive(turn: Turn) -> None:
    """On cards of former versions, which asked for less."""
    _ask_sensitive(turn)


@conversation.button("en")
def decline_sensitive(turn: Turn) -> None:
    """On cards of former versions."""
    _ask_sensitive(turn)


@conversation.button("eo")
def answer_sensitive(turn: Turn, version: int, given: int) -> None:
    """Either answer is kept; of somebody of whom nothing of it is kept, or to a former wording, none is."""
    _, person = turn.language.text, turn.speaker
    if version != VERSIONS[SENSITIVE] or SENSITIVE not in asked_of(turn, person):
        _ask_sensitive(turn)
        return
    if given:
        consents.agree(turn.session, person.id, SENSITIVE, turn.now)
        turn.show(_("Your consent is noted. To withdraw it at any time, type “my data”."))
    else:
        if consents.refuse(turn.session, person.id, SENSITIVE, turn.now):
            tell_refused(turn, SENSITIVE)
        turn.show(
            _(
                "Noted. The centre tells you marks, attendance and conduct in writing. To change it: “my data”."
            )
        )
    welcome(turn)


# -- bound


def welcome(turn: Turn) -> None:
    """What waits for him, what works now, and the persistent keyboard; what waits follows by itself."""
    _ = turn.language.text
    linked = _("This chat is linked with {name}. Timetables and notices come here.", name=turn.speaker.name)
    words = _("Tap a button below, or type:")
    rows = waiting(turn)
    waits = [how_many(turn.language, len(rows)), *lines_of(turn, rows[:MOST])] if rows else []
    text = lines(
        linked, *waits, words, *command_lines(turn, 4), _("/trogiup: everything the assistant can do")
    )
    turn.say(Message(text, keyboard=keyboard(turn)))
    if turn.contact is not None:
        _catch_up(turn, turn.contact, turn.now)


def _catch_up(turn: Turn, contact: Contact, due: datetime) -> None:
    """What was sent before there was this chat comes to it (handlers/joining/catching_up.py)."""
    key = f"{contact.id}:{turn.now.timestamp():.0f}"
    timers.plan(turn.session, "bound", key, due, contact=contact.id)


def _attach_device(turn: Turn, invite: Invite) -> None:
    """A link the person asked for: the first device that opens it keeps it."""
    _bind(turn, invite, turn.session.get_one(Person, invite.person_id))
    welcome(turn)


def _bind(turn: Turn, invite: Invite, owner: Person) -> None:
    """Use up the invite and give the chat to its owner, in this transaction."""
    before = turn.person
    invite.used_at = turn.now
    contact = bind(turn.session, owner, turn.account.id, turn.chat, turn.now)
    if before is not None:
        _carry_over(turn, before, contact)
    turn.become(owner, contact)
    _catch_up(turn, contact, turn.now + TIME_FOR_CONSENT)
    turn.log("bound", subject=contact, about=owner)


def _carry_over(turn: Turn, before: Person, contact: Contact) -> None:
    """What still waits for the chat's former person goes where else he is reached, never to his successor."""
    rings.forget(turn.session, contact.account_id, contact.chat)
    others = contacts_of(turn.session, before.id)
    for row in mydata.take_back_messages(turn.session, before.id, contact.account_id, contact.chat):
        if others:
            kept = {"lane": row.lane, "due_at": row.due_at, "key": row.key, "delivery_id": row.delivery_id}
            turn.post(others[0], dict(row.message), **kept)
