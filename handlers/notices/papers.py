"""The list of a notice's recipients on paper: whom to call, with phone numbers."""

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.notices.receipt import reason_seen
from handlers.notices.texts import NOT_REACHED, STATES, heading
from handlers.papers import workbook
from locales import Language
from storage.courses import notices
from storage.courses.courses import CourseClass
from storage.courses.notices import Delivery, Notice
from storage.people.people import Person
from storage.spreadsheets.tables import Columns, ordinal

conversation = Conversation("notice_papers")


@conversation.paper("notice_list")
def call_list(desk: Desk, language: Language, notice: int, reasons: int = 0) -> bytes:
    """The recipients of a notice as a workbook; with `reasons`, for the registrar, what people typed as theirs."""
    _, row = language.text, desk.session.get_one(Notice, notice)
    course = desk.session.get_one(CourseClass, row.class_id)
    order = [*NOT_REACHED, "waiting", "sent", "declined", "acknowledged"]
    people = sorted(notices.recipients(desk.session, notice), key=lambda found: order.index(found[0].state))
    columns: Columns[tuple[Delivery, Person, str]] = [
        (_("No."), ordinal()),
        (_("Full name"), lambda one: one[1].name),
        (_("Unit"), lambda one: one[2]),
        (_("Phone"), lambda one: one[1].phone),
        (_("State"), lambda one: _(STATES[one[0].state])),
        (_("Since"), lambda one: language.local(one[0].changed_at)),
        (_("Reason"), lambda one: reason_seen(language, one[0], in_full=bool(reasons))),
        (_("Called"), lambda _one: ""),
    ]
    title, centre = heading(language, row, course).striptags(), desk.centre(course.centre_id)
    return workbook(desk, language, centre, [title], columns, people, sheet_name=_("Recipients"))
