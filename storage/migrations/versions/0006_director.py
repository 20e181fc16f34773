"""What the director was asked about is kept with the request; a question that is half decided goes on."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
STEP = {"name": "director", "at": "grace", "to": "directors", "amount": 4}


def upgrade() -> None:
    op.add_column("request", sa.Column("director_asked_at", INSTANT, nullable=True))
    op.add_column("request", sa.Column("decision", sa.String(), nullable=False, server_default=""))
    for row in _rows(_open_reports()):
        _carry_on(row)
    timer = _table("timer")
    op.get_bind().execute(timer.delete().where(timer.c.kind == "conduct_ask", timer.c.state == "waiting"))
    op.drop_table("escalation")


def _table(name: str) -> sa.Table:
    """As it is in the database, read once."""
    bind = op.get_bind()
    return sa.Table(name, bind.info.setdefault("caunoi_0006", sa.MetaData()), autoload_with=bind)


def _rows(query: Any) -> Any:
    return op.get_bind().execute(query).mappings().all()


def _open_reports() -> Any:
    """Requests for reports that have not come, each with what was asked about it."""
    request, report, asked = (_table(name) for name in ("request", "conduct_report", "escalation"))
    query = sa.select(request, report.c.period_id, asked.c.asked_at, asked.c.decision.label("decided"))
    query = query.join(report, report.c.id == request.c.subject_id)
    query = query.join(asked, asked.c.report_id == report.c.id, isouter=True)
    return query.where(request.c.kind == "report", request.c.settled_at.is_(None)).order_by(request.c.id)


def _carry_on(row: Any) -> None:
    again = _asked_again(row["period_id"])
    values: dict[str, Any] = {"policy": {**row["policy"], "steps": [*row["policy"]["steps"], STEP]}}
    if row["decided"] == "superior":
        values["decision"] = "superior"
    elif row["decided"] in {"", "call"}:
        values["director_asked_at"] = again if row["decided"] and again else row["asked_at"]
    request = _table("request")
    op.get_bind().execute(request.update().where(request.c.id == row["id"]).values(**values))
    if at := again or row["grace_at"]:
        _plan(row, at)


def _asked_again(period: int) -> Any:
    """When the director was to be asked about reports of a period."""
    timer = _table("timer")
    query = sa.select(timer.c.due_at).where(timer.c.kind == "conduct_ask", timer.c.state == "waiting")
    found = _rows(query.where(timer.c.key.startswith(f"{period}:")).order_by(timer.c.due_at).limit(1))
    return found[0]["due_at"] if found else None


def _plan(row: Any, at: datetime) -> None:
    """The timer of its step; what comes before its time moves by itself."""
    extended = row["extended_to"]
    suffix = "" if extended is None else f"-{_aware(extended):%y%m%d}"
    args = {"request": row["id"], "step": "director"}
    values = {"kind": "request_step", "key": f"{row['id']}:director{suffix}", "due_at": at, "args": args}
    waiting = {"state": "waiting", "attempts": 0, "error": ""}
    op.get_bind().execute(_table("timer").insert().values(**values, **waiting))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
