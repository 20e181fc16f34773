"""What the demonstration's page tells: who may be put into its phones, what comes next, what went out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session

from handlers.menu.menu import ROLE_NAMES
from locales import Language, later
from storage.base.columns import is_state
from storage.joining.invites import Invitee
from storage.messaging.outbox import BROADCAST, next_due, outbox
from storage.messaging.timers import timer
from storage.people.people import Person, Role
from storage.requests.requests import STEP, Request

KINDS: Final = {
    "account_alarm": later("trouble with an account"),
    "bound": later("what a newly linked person has missed"),
    "session_reminder": later("class reminder"),
    "session_change": later("changed timetable"),
    "report_open": later("request for a report"),
    "request_next": later("request for the next report"),
    "report_remind": later("reminder of a report"),
    "report_last": later("reminder of a report"),
    "request_snoozed": later("reminder of a report at the time asked for"),
    "reopen_remind": later("reminder of a request to reopen a report"),
    "report_close": later("deadline of a report"),
    "unit_people": later("who is asked for a unit's reports changes"),
    "report_deputy": later("a report is waited for no longer"),
    "report_director": later("a missing report is put to the director"),
    "conduct_nudge": later("the centre reminds of a report"),
    "feedback_period": later("results go back to the units"),
    "feedback_closing": later("results of a class go back to the units"),
    "feedback_unit": later("results go back to a unit"),
    "ticket_remind": later("reminder of a request"),
    "ticket_overdue": later("an overdue request is put to the director"),
    "confirm_ask": later("remarks are asked of the units"),
    "remarks_remind": later("reminder of remarks"),
    "notice_batch": later("notice goes out"),
    "notice_remind": later("reminder to confirm a notice"),
    "notice_declined": later("somebody cannot attend"),
    "marks_published": later("published marks are told"),
}
# housekeeping nobody waits for
UNSEEN: Final = frozenset({"window_forecast", "account_alarm", "conduct_period", "notice_progress", "digest"})
OTHERS: Final = later("others")
OTHER_WORK: Final = later("work of the assistant")
WAITING_MESSAGE: Final = later("message that waits for its hour")
A_CLASS: Final = 4  # learners of each class, besides those who are interesting for a reason
STAFF_ROLES: Final = (Role.REGISTRAR, Role.DIRECTOR, Role.LECTURER, Role.CLASS_SUPERVISOR)


# -- who is there


@dataclass(frozen=True)
class Somebody:
    """A person of the sample as the page names him; `invitee` is what a slip is issued for."""

    invitee: Invitee
    classes: tuple[str, ...]
    shares_name: bool

    @property
    def person(self) -> Person:
        return self.invitee.person

    @property
    def is_learner(self) -> bool:
        return Role.LEARNER in self.invitee.roles

    @property
    def group(self) -> str:
        """Where the page lists him."""
        if Role.UNIT_HEAD in self.invitee.roles:
            return later("Heads of units")
        return later("Learners") if self.is_learner else later("The centre")

    def role(self, language: Language) -> str:
        """All his roles, such as "học viên, thủ trưởng đơn vị"."""
        return ", ".join(language.text(ROLE_NAMES[Role(role)]) for role in self.invitee.roles)

    def place(self) -> str:
        """His unit and classes."""
        return ", ".join(filter(None, (self.invitee.unit, *self.classes)))

    def label(self, language: Language) -> str:
        """His line in the list; who shares his name is told by his birth date."""
        born = self.person.birth_date if self.shares_name else None
        name = f"{self.person.name} ({language.year_day(born)})" if born else self.person.name
        role = "" if self.invitee.roles == (Role.LEARNER,) else self.role(language)
        return ", ".join(filter(None, (name, role, self.place())))


def everybody(rows: Sequence[Invitee]) -> dict[int, Somebody]:
    """Whoever is in a class or has a role, by id."""
    rows = sorted(rows, key=lambda one: one.person.id)
    names = Counter(person.folded for person in {one.person.id: one.person for one in rows}.values())
    classes_of: dict[int, tuple[str, ...]] = {}
    for one in rows:
        classes_of[one.person.id] = (*classes_of.get(one.person.id, ()), *filter(None, [one.class_code]))
    found: dict[int, Somebody] = {}
    for one in rows:
        shares = names[one.person.folded] > 1
        found.setdefault(one.person.id, Somebody(one, classes_of[one.person.id], shares))
    return found


def people(rows: Sequence[Invitee]) -> dict[int, Somebody]:
    """Everybody with a role, a few learners of each class, namesakes and who attends two classes, by id."""
    met: Counter[str] = Counter()
    found = {}
    for number, one in everybody(rows).items():
        met[one.invitee.class_code] += 1
        is_one_of_few = met[one.invitee.class_code] <= A_CLASS
        if is_one_of_few or one.shares_name or len(one.classes) > 1 or one.invitee.roles != (Role.LEARNER,):
            found[number] = one
    return found


def first_three(
    found: Mapping[int, Somebody], rows: Sequence[Invitee], opening: str, reported: str
) -> list[int]:
    """The ids of a learner of the class that opens, the head of his unit, the registrar.

    The unit is one that sends many to the class that is `reported` on now: its head has a list worth showing.
    """
    everybody, sizes = list(found.values()), Counter(row.unit for row in rows if row.class_code == reported)
    heads = {one.invitee.unit: one for one in everybody if one.invitee.roles == (Role.UNIT_HEAD,)}
    learners = [
        one
        for one in everybody
        if one.classes == (opening,) and not one.shares_name and one.invitee.unit in heads
    ]
    learner = max(learners, key=lambda one: sizes[one.invitee.unit])
    registrar = next(one for one in everybody if Role.REGISTRAR in one.invitee.roles)
    return [one.person.id for one in (learner, heads[learner.invitee.unit], registrar)]


def groups(language: Language, found: Iterable[Somebody]) -> list[dict[str, Any]]:
    """The lists of the page: staff first, learners last."""
    made: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(found, key=_standing):
        line = {"id": one.person.id, "label": one.label(language)}
        made.setdefault(one.group, []).append(line)
    return [{"name": language.text(name), "people": lines} for name, lines in made.items()]


def _standing(one: Somebody) -> tuple[int, int, str, int]:
    roles = one.invitee.roles
    rank = min((STAFF_ROLES.index(Role(role)) for role in roles if role in STAFF_ROLES), default=9)
    part = 0 if rank < 9 and Role.UNIT_HEAD not in roles else 1 if Role.UNIT_HEAD in roles else 2
    return part, rank if part == 0 else 0, one.person.sort_text, one.person.id


# -- what comes, and what went out


def next_event(session: Session, now: datetime) -> datetime | None:
    """Business time of what comes next, housekeeping left aside."""
    query = select(timer.c.due_at).where(is_state(timer.c.state, "waiting"), timer.c.due_at > now)
    query = query.where(timer.c.kind.not_in(UNSEEN)).order_by(timer.c.due_at).limit(1)
    found = [session.execute(query).scalar(), next_due(session, now)]
    return min((moment for moment in found if moment is not None), default=None)


def kinds_at(session: Session, language: Language, moment: datetime) -> str:
    """What is to be done at that moment of business time, in words; "" for mere housekeeping."""
    query = select(timer.c.kind, timer.c.args).where(
        is_state(timer.c.state, "waiting"), timer.c.due_at == moment
    )
    query = query.where(timer.c.kind.not_in(UNSEEN)).order_by(timer.c.kind)
    words = [language.text(KINDS.get(_kind(session, *row), OTHER_WORK)) for row in session.execute(query)]
    waits = select(outbox.c.id).where(is_state(outbox.c.state, "due"), outbox.c.due_at == moment).limit(1)
    if session.execute(waits).first() is not None:
        words.append(language.text(WAITING_MESSAGE))
    return ", ".join(dict.fromkeys(words))


def _kind(session: Session, kind: str, args: Mapping[str, Any]) -> str:
    """A timer's kind; a step's of a request with what is asked for, such as `ticket_remind`."""
    row = session.get(Request, args["request"]) if kind == STEP.name else None
    return f"{row.kind}_{args['step']}" if row is not None else kind


def receivers(session: Session, since: datetime) -> list[int]:
    """To whom messages went out unasked from that business time on, a person's id each message."""
    query = select(outbox.c.person_id).where(is_state(outbox.c.state, "sent"), outbox.c.sent_at >= since)
    query = query.where((outbox.c.lane == BROADCAST) | outbox.c.key.is_not(None))
    query = query.where(outbox.c.edits == "", outbox.c.edits_row.is_(None), outbox.c.person_id.is_not(None))
    return list(session.execute(query).scalars())


def sent_words(language: Language, found: Mapping[int, Somebody], ids: Sequence[int]) -> str:
    """Such as "3 tin đã gửi: 2 học viên, 1 giảng viên"."""
    if not ids:
        return language.text("no message went out")
    # by the first of a person's roles: all of them together would not be told apart from several people
    names = (found[one].invitee.roles[0] if one in found else "" for one in ids)
    roles = Counter(language.text(ROLE_NAMES[Role(name)] if name else OTHERS) for name in names)
    told = ", ".join(f"{language.number(n)} {role}" for role, n in roles.most_common())
    return language.count(
        "{n} message went out: {told}", "{n} messages went out: {told}", len(ids), told=told
    )
