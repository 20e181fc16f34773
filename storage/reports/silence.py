"""Why a unit has not reported: what is known of its request, of what was filled in, and who called."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from storage.people.audit import Audit
from storage.people.people import Centre
from storage.reports.boards import Standing
from storage.reports.ladder import request_of
from storage.requests.silence import Silence, silences

CALLED, NOT_CALLED = "conduct_called", "conduct_call_undone"


def explain(session: Session, centre: Centre, found: list[Standing], now: datetime) -> list[Standing]:
    """Say of each missing report why it is; they come back. The reasons: those of its request (storage.requests.silence), and early,
    no_learners; started, prepared; called.
    """
    known = silences(session, ZoneInfo(centre.zone), [request_of(one.report) for one in found], now)
    for one in found:
        one.silence = known[request_of(one.report).id]
    missing = [one for one in found if not one.is_sent]
    called = _called(session, missing)
    for one in missing:
        one.called = called.get(one.report.id, {})
        one.why = _nothing_to_send(one, now) or _reasons(one, one.silence)
        one.why += ["called"] if one.called else []
    return found


def _nothing_to_send(one: Standing, now: datetime) -> list[str]:
    if one.period.opens_at > now:
        return ["early"]
    return [] if one.total else ["no_learners"]


def _reasons(one: Standing, known: Silence) -> list[str]:
    is_started = one.report.state != "open"
    return [
        *(["started"] if is_started else []),
        *known.people,
        *(["prepared"] if one.report.prepared_by is not None else []),
        *(reason for reason in known.messages if reason != "waiting" or not is_started),
    ]


# --- calls ---


def _called(session: Session, missing: Sequence[Standing]) -> dict[int, dict[int, datetime]]:
    """Of each report who was called last when."""
    people = {person.id for one in missing for person in (*one.silence.heads, *one.silence.asked)}
    subjects = {_subject(one.report.id): one.report.id for one in missing}
    query = select(Audit).where(
        col(Audit.about_id).in_(people),
        col(Audit.action).in_([CALLED, NOT_CALLED]),
        col(Audit.subject).in_(subjects),
    )
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for row in session.exec(query.order_by(col(Audit.id))):
        calls = found[subjects[row.subject]]
        if row.action == CALLED and row.about_id is not None:
            calls[row.about_id] = row.at
        else:
            calls.pop(row.about_id or 0, None)
    return found


def _subject(report_id: int) -> str:
    return f"conduct_report:{report_id}"
