"""The card of whoever sent a notice: it keeps itself up to date while the notice goes out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import Button, Message, lines
from handlers.engine.turn import Turn
from handlers.notices.actions import open_board
from handlers.notices.board import summary
from handlers.notices.texts import heading
from locales import Language
from storage.base.engine import lock
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Notice
from storage.messaging import timers
from storage.messaging.accounts import ChannelAccount
from storage.people.people import Contact, Person

SOON: Final = 3  # seconds between two looks at a notice that goes out
PAUSE: Final = 3600  # the longest one, when nothing moves
GIVE_UP_AFTER: Final = timedelta(days=7)
BROUGHT: Final = ("sent", "acknowledged", "declined")

conversation = Conversation("notice_progress")


def progress(language: Language, notice: Notice, course: CourseClass, counts: Mapping[str, int]) -> Message:
    """The card of whoever sent it, as it stands now."""
    _ = language.text
    brought = sum(counts.get(state, 0) for state in BROUGHT)
    told = {"brought": language.number(brought), "total": language.number(sum(counts.values()))}
    state = (
        _("Sending: {brought}/{total}.", **told)
        if counts.get("waiting")
        else _("Sent: {brought}/{total}.", **told)
    )
    buttons = [[Button(_("Who has it"), open_board, notice=notice.id)]]
    return Message(
        lines(heading(language, notice, course), state, *summary(language, counts).values()), buttons
    )


def watch(turn: Turn, notice: Notice, course: CourseClass) -> None:
    """Show how far a notice is, and keep that card up to date until everybody is settled."""
    counts = notices.counts(turn.session, notice.id)
    message = progress(turn.language, notice, course, counts)
    if notice.sent_at is not None and notice.sent_at > turn.now:
        at = turn.language.moment(notice.sent_at)
        message = Message(
            lines(message.text, turn.language.text("It goes out at {moment}.", moment=at)), message.buttons
        )
    card, contact = turn.show(message), turn.contact
    if card is not None and contact is not None:
        first = (notice.sent_at or turn.now) + timedelta(seconds=SOON)
        plan = {"notice": notice.id, "contact": contact.id, "card": card, "look": 0, "seen": 0, "pause": SOON}
        timers.plan(turn.session, "notice_progress", f"{notice.id}:0", first, **plan)


@conversation.timer("notice_progress", passes=True)
def update_card(desk: Desk, notice: int, contact: int, card: int, look: int, seen: int, pause: int) -> None:
    """Look again: edit the card when something moved, ever more rarely when nothing does."""
    row = lock(desk.session, Notice, notice)
    reader = desk.session.get(Contact, contact)
    if row is None or reader is None:
        return
    counts = notices.counts(desk.session, notice)
    settled = sum(counts.values()) - counts.get("waiting", 0)
    over = not counts.get("waiting") or desk.now - (row.sent_at or desk.now) > GIVE_UP_AFTER
    if over:
        row.state = "sent"
    if over or (settled != seen and _replaces(desk, reader)):
        _edit(desk, row, reader, card, counts, look)
    if not over:
        pause = SOON if settled != seen else min(2 * pause, PAUSE)
        due, look = desk.now + timedelta(seconds=pause), look + 1
        plan = {"contact": contact, "card": card, "look": look, "seen": settled, "pause": pause}
        timers.plan(desk.session, "notice_progress", f"{notice}:{look}", due, notice=notice, **plan)


def _replaces(desk: Desk, reader: Contact) -> bool:
    """Whether a card can be brought up to date where its reader is; elsewhere each look would be one more message."""
    return desk.session.get_one(ChannelAccount, reader.account_id).can.edits


def _edit(
    desk: Desk, notice: Notice, reader: Contact, card: int, counts: Mapping[str, int], look: int
) -> None:
    person = desk.session.get_one(Person, reader.person_id)
    course = desk.session.get_one(CourseClass, notice.class_id)
    if reader.state == "active":
        wire = progress(desk.language_of(person), notice, course, counts).wire()
        desk.post(reader, wire, edits_row=card, key=f"progress:{notice.id}:{look}")
