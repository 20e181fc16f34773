"""Requests: what is asked by a deadline in one table, who was told of it in another; what is half done goes on.

What was told was kept in the keys of the outbox; it is read out of them here for the last time.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DROPPED = "dropped"

OVER = (
    "state <> 'due' AND delivery_id IS NULL AND (key IS NULL"
    " OR (key >= 'digest:' AND key < 'digest;')"
    " OR (key >= 'reminder:' AND key < 'reminder;') OR (key >= 'progress:' AND key < 'progress;'))"
)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("sense_until", INSTANT, nullable=True))
    op.drop_index("ix_outbox_over", "outbox")
    over = sa.text(OVER)
    op.create_index("ix_outbox_over", "outbox", ["due_at"], sqlite_where=over, postgresql_where=over)
    _request()
    _prompt()
    _tickets()
    _remarks()
    _feedback()
    _reports()
    _forget_timers("confirm_remind", "feedback_next")
    _columns()


def _request() -> None:
    op.create_table(
        "request",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("centre_id", KEY, nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("opens_at", INSTANT, nullable=False),
        *(
            sa.Column(name, INSTANT, nullable=True)
            for name in ("due_at", "grace_at", "extended_to", "snoozed_until")
        ),
        sa.Column("handed_to", KEY, nullable=True),
        sa.Column("first_asked_at", INSTANT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["handed_to"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject_id", "part"),
    )
    op.create_index("ix_request_handed_to", "request", ["handed_to"])
    op.create_index("ix_request_asked", "request", ["kind", "opens_at"])
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_request_open", "request", ["centre_id", "organisation_id"],
        sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip


def _prompt() -> None:
    op.create_table(
        "prompt",
        sa.Column("id", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("outbox_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "person_id", "step"),
    )
    op.create_index("ix_prompt_outbox_id", "prompt", ["outbox_id"])
    op.create_index("ix_prompt_person_day", "prompt", ["person_id", "day"])


# --- what is there goes on


def _table(name: str) -> sa.Table:
    """As it is in the database, read once."""
    bind = op.get_bind()
    return sa.Table(name, bind.info.setdefault("caunoi_0005", sa.MetaData()), autoload_with=bind)


def _rows(query: Any) -> Any:
    return op.get_bind().execute(query).mappings().all()


def _add(values: dict[str, Any]) -> int:
    table = _table("request")
    empty = {
        "part": "",
        "organisation_id": None,
        "handed_to": None,
        "first_asked_at": None,
        "settled_at": None,
    }
    moments = dict.fromkeys(("due_at", "grace_at", "extended_to", "snoozed_until"))
    found = op.get_bind().execute(table.insert().values({**empty, **moments, **values})).inserted_primary_key
    assert found is not None
    return int(found[0])


def _policy(steps: list[tuple[str, str, str, float]], **more: Any) -> dict[str, Any]:
    named = [dict(zip(("name", "at", "to", "amount"), step, strict=True)) for step in steps]
    usual = {"waits": True, "follows": True, "snoozes": False, "hands_over": False, "extensions": []}
    return {"steps": named, **usual, **more}


def _told(prefix: str) -> Iterator[tuple[list[str], Any]]:
    """What was told under keys that begin so, with the rest of each key; what was taken back is left out."""
    outbox = _table("outbox")
    query = sa.select(outbox).where(outbox.c.key.startswith(prefix, autoescape=True))
    query = query.where(outbox.c.state != DROPPED, outbox.c.person_id.is_not(None)).order_by(outbox.c.id)
    for row in _rows(query):
        yield row["key"].removeprefix(prefix).split(":"), row


def _keep_told(request: int, step: str, row: Any, zone: ZoneInfo) -> None:
    """A message about a request as its prompt, once a person and step."""
    prompt = _table("prompt")
    here = (
        (prompt.c.request_id == request) & (prompt.c.person_id == row["person_id"]) & (prompt.c.step == step)
    )
    if not _rows(sa.select(prompt.c.id).where(here)):
        values = {"request_id": request, "person_id": row["person_id"], "step": step, "outbox_id": row["id"]}
        day = _aware(row["due_at"]).astimezone(zone).date()
        op.get_bind().execute(prompt.insert().values({**values, "day": day, "made_at": row["made_at"]}))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _zone(centre_id: int) -> ZoneInfo:
    centre = _table("centre")
    return ZoneInfo(_rows(sa.select(centre.c.zone).where(centre.c.id == centre_id))[0]["zone"])


def _take_over(kind: str, key: str, request: int, step: str, at: str = "") -> None:
    """The timer of a step is one of the common kind from now on."""
    timer = _table("timer")
    where = (timer.c.kind == kind) & (timer.c.key == key) & (timer.c.state == "waiting")
    told = {
        "kind": "request_step",
        "key": f"{request}:{step}{at}",
        "args": {"request": request, "step": step},
    }
    op.get_bind().execute(timer.update().where(where).values(told))


def _forget_timers(*kinds: str) -> None:
    """Those that still wait of kinds that nobody handles any more."""
    timer = _table("timer")
    where = timer.c.kind.in_(kinds) & (timer.c.state == "waiting")
    op.get_bind().execute(timer.delete().where(where))


TICKET = _policy(
    [("open", "at_once", "post", 0), ("remind", "morning", "post", 0), ("overdue", "due", "directors", 0)],
    waits=False,
    hands_over=True,
)


def _tickets() -> None:
    ticket = _table("ticket")
    for row in _rows(sa.select(ticket).order_by(ticket.c.id)):
        request = _add({
            "kind": "ticket", "subject_id": row["id"], "centre_id": row["centre_id"], "post": "registrar",
            "opens_at": row["opened_at"], "due_at": row["due_at"], "handed_to": row["owner_id"],
            "first_asked_at": row["opened_at"], "settled_at": row["answered_at"], "policy": TICKET,
        })  # fmt: skip
        for (what, *_rest), said in _told(f"ticket:{row['id']}:"):
            if what != "answer":
                _keep_told(request, "open" if what == "new" else what, said, _zone(row["centre_id"]))
        for kind, step in (("ticket_remind", "remind"), ("ticket_overdue", "overdue")):
            _take_over(kind, str(row["id"]), request, step)


REMARKS = _policy([("open", "at_once", "post", 0), ("remind", "days", "post", 1)])


def _remarks() -> None:
    """What units were asked before a gate that is still to come."""
    sheet, course = _table("discipline_confirmation"), _table("course_class")
    columns = (sheet.c.class_id, sheet.c.organisation_id, sheet.c.gate, course.c.centre_id, course.c.gates)
    open_ = sa.func.sum(sa.case((sheet.c.revision == 0, 1), else_=0)).label("unsigned")
    # `gates` is JSON, by which PostgreSQL does not group.
    query = sa.select(
        *columns[:4], sa.func.min(sheet.c.asked_at).label("asked_at"), sa.func.max(sheet.c.due_on).label("due_on"),
        sa.func.max(sheet.c.signed_at).label("signed_at"), open_,
    ).join(course, course.c.id == sheet.c.class_id)  # fmt: skip
    for row in _rows(query.group_by(*columns[:4]).order_by(*columns[:3])):
        gates = _rows(sa.select(course.c.gates).where(course.c.id == row["class_id"]))[0]["gates"]
        if day := gates.get(row["gate"]):
            _sheet(row, day)


def _sheet(row: Any, day: str) -> None:
    zone, unit = _zone(row["centre_id"]), row["organisation_id"]
    due_at = datetime.combine(row["due_on"], time(17), zone).astimezone(UTC)
    request = _add({
        "kind": "remarks", "subject_id": row["class_id"], "part": f"{row['gate']}:{day}:{unit}",
        "centre_id": row["centre_id"], "post": "unit_head", "organisation_id": unit, "opens_at": row["asked_at"],
        "due_at": due_at, "first_asked_at": row["asked_at"],
        "settled_at": None if row["unsigned"] else row["signed_at"], "policy": REMARKS,
    })  # fmt: skip
    for (what, asked_for, *_rest), said in _told(f"confirm:{row['class_id']}:{row['gate']}:{unit}:"):
        if asked_for == day:
            _keep_told(request, "open" if what == "ask" else what, said, zone)
    _remind(row, day, request)


def _remind(row: Any, day: str, request: int) -> None:
    """One timer reminded all units of a gate; each request has its own."""
    timer = _table("timer")
    where = (timer.c.kind == "confirm_remind") & (timer.c.key == f"{row['class_id']}:{row['gate']}:{day}")
    found = _rows(sa.select(timer.c.due_at).where(where, timer.c.state == "waiting"))
    if found and row["unsigned"]:
        values = {"kind": "request_step", "key": f"{request}:remind", "due_at": found[0]["due_at"]}
        args = {"request": request, "step": "remind"}
        op.get_bind().execute(timer.insert().values(**values, args=args, **WAITING))


WAITING = {"state": "waiting", "attempts": 0, "error": ""}


FEEDBACK = _policy([("open", "at_once", "post", 0)], waits=False, follows=False)


def _feedback() -> None:
    """What units were told, acknowledged or not; what waits its turn comes when it would have come."""
    feedback, course = _table("unit_feedback"), _table("course_class")
    query = sa.select(feedback, course.c.centre_id).join(course, course.c.id == feedback.c.class_id)
    for row in _rows(query.order_by(feedback.c.id)):
        told = [said for _key, said in _told(f"feedback:{row['id']}:")]
        request = _add({
            "kind": "feedback", "subject_id": row["id"], "centre_id": row["centre_id"], "post": "unit_head",
            "organisation_id": row["organisation_id"], "opens_at": row["made_at"],
            "first_asked_at": min((said["due_at"] for said in told), default=None),
            "settled_at": row["acknowledged_at"], "policy": FEEDBACK,
        })  # fmt: skip
        for said in told:
            _keep_told(request, "open", said, _zone(row["centre_id"]))
        if row["acknowledged_at"] is None:
            _comes_next(row["organisation_id"], request)


def _comes_next(unit: int, request: int) -> None:
    timer = _table("timer")
    query = sa.select(timer.c.due_at).where(timer.c.kind == "feedback_next", timer.c.state == "waiting")
    for found in _rows(query.where(timer.c.key.startswith(f"{unit}:")).order_by(timer.c.due_at).limit(1)):
        args = {"request": request, "step": "open"}
        values = {"kind": "request_step", "key": f"{request}:open", "due_at": found["due_at"], "args": args}
        op.get_bind().execute(timer.insert().values(**values, **WAITING))


REPORT = _policy(
    [
        ("open", "opening", "post", 0), ("remind", "share", "post", 0.8), ("last", "morning", "post", 0),
        ("close", "due", "nobody", 0), ("deputy", "grace", "deputies", 0),
    ],
    snoozes=True, hands_over=True, extensions=[1, 3, 5],
)  # fmt: skip
TIMERS = {
    "conduct_remind": "remind", "conduct_last": "last", "conduct_close": "close", "conduct_grace": "deputy",
}  # fmt: skip


def _reports() -> None:
    """Reports, sent or not, with what was said of them; the timers of their steps have the common kind."""
    report, period, course = (_table(name) for name in ("conduct_report", "report_period", "course_class"))
    query = sa.select(
        report, period.c.opens_at, period.c.due_at, period.c.grace_at.label("waited_for"), course.c.centre_id
    )
    query = query.join(period, period.c.id == report.c.period_id).join(
        course, course.c.id == period.c.class_id
    )
    for row in _rows(query.order_by(report.c.id)):
        extended = row["extended_to"]
        suffix = "" if extended is None else f"-{_aware(extended):%y%m%d}"
        request = _add({
            "kind": "report", "subject_id": row["id"], "centre_id": row["centre_id"], "post": "unit_head",
            "organisation_id": row["organisation_id"], "opens_at": row["opens_at"], "due_at": row["due_at"],
            "grace_at": _grace(f"{row['id']}{suffix}", row["waited_for"]), "extended_to": extended,
            "snoozed_until": row["snoozed_until"], "handed_to": row["handed_to"],
            "first_asked_at": row["prompted_at"], "settled_at": row["sent_at"] if row["revision"] else None,
            "policy": REPORT,
        })  # fmt: skip
        for (what, _person, *again), said in _told(f"report:{row['id']}:"):
            _keep_told(request, "-".join([what, *again]), said, _zone(row["centre_id"]))
        _take_over_report(row["id"], suffix, request, sent=bool(row["revision"]))


def _grace(key: str, waited_for: Any) -> Any:
    """When a report was to be waited for no longer, by the timer that would have said so."""
    timer = _table("timer")
    query = sa.select(timer.c.due_at).where(timer.c.kind == "conduct_grace", timer.c.key == key)
    found = _rows(query)
    return found[0]["due_at"] if found else waited_for


def _take_over_report(report: int, suffix: str, request: int, *, sent: bool) -> None:
    _take_over("conduct_open", str(report), request, "open")
    for kind, step in TIMERS.items():
        _take_over(kind, f"{report}{suffix}", request, step, suffix)
    timer, told = _table("timer"), {"kind": "request_next", "key": str(request), "args": {"request": request}}
    waiting = (timer.c.kind == "conduct_next") & (timer.c.key == str(report)) & (timer.c.state == "waiting")
    op.get_bind().execute(timer.update().where(waiting).values(told))
    later = (timer.c.kind == "conduct_later") & timer.c.key.startswith(f"{report}:")
    for one in _rows(sa.select(timer).where(later, timer.c.state == "waiting")):
        args = {"request": request, "person": one["args"]["person"], "asked": one["args"]["asked"]}
        key = f"{request}:{one['key'].partition(':')[2]}"
        values = {"kind": "request_snoozed", "key": key, "args": args}
        op.get_bind().execute(timer.update().where(timer.c.id == one["id"]).values(values))
    if sent:  # nothing is asked any more; until now such a timer found that out when it went off
        steps = (timer.c.kind == "request_step") & timer.c.key.startswith(f"{request}:")
        op.get_bind().execute(timer.delete().where(steps, timer.c.state == "waiting"))


def _columns() -> None:
    """What a request keeps is no column of a report any more."""
    bind = op.get_bind()
    op.drop_index("ix_conduct_report_handed_to", "conduct_report")
    if bind.dialect.name == "sqlite":
        _forget_reference(bind)
    for name in ("extended_to", "handed_to", "snoozed_until", "prompted_at"):
        op.drop_column("conduct_report", name)


def _forget_reference(bind: Any) -> None:
    """SQLite drops no column of a foreign key: the key goes first, as its manual has it for what changes no content
    ("Making Other Kinds Of Table Schema Changes").
    """
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'conduct_report'"
    made = str(bind.exec_driver_sql(query).scalar())
    without = re.sub(r",\s*FOREIGN KEY\s*\(handed_to\)\s*REFERENCES person \(id\)", "", made)
    version = int(bind.exec_driver_sql("PRAGMA schema_version").scalar())
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    change = "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'conduct_report'"
    bind.exec_driver_sql(change, (without,))
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
