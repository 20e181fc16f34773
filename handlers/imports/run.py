"""Writing an import's plan, and what follows from it: changed sessions are told, reminders and reports planned."""

from handlers.engine.desk import Desk
from handlers.reports.rhythm import rhythm
from handlers.timetable.changes import change_session
from handlers.timetable.reminders import plan_reminders
from storage.imports.plan import Plan, Where


def carry_out(desk: Desk, plan: Plan, where: Where, *, author_id: int | None = None) -> None:
    """Write a plan without problems, in the desk's transaction, and what follows from it: changed sessions are
    told, reminders and reports planned. A plan that changes nothing leaves no trace.
    """
    session, calendar = desk.session, desk.calendar(where.centre)
    if plan.changes_nothing and not plan.problems:
        return
    plan.write(session)
    for session_id, changes in plan.session_changes:
        change_session(session, desk, session_id, author_id=author_id, **changes)
    if plan.kind == "timetable":
        plan_reminders(session, calendar, where.the_class.id, now=desk.now)
    if plan.kind == "roster":
        rhythm.plan(desk, where.the_class.id)
    subject = f"course_class:{where.course.id}" if where.course else f"centre:{where.centre.id}"
    desk.log(f"{plan.kind}_imported", subject=subject)
