"""The board of conduct reports: reading what a unit has sent."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from handlers.engine.messages import Button, Message, fitting, lines
from handlers.engine.picking import pick
from handlers.engine.turn import Turn
from handlers.reports import words
from handlers.reports.board import actions, board
from handlers.reports.board.words import conversation
from locales import Language
from storage.people.people import STAFF, Person
from storage.reports import boards
from storage.reports.reports import ReportView, mentioned_in, sent_content


@conversation.does(actions.choose_report)
def choose_report(turn: Turn, period: int, page: int) -> None:
    board.period_shown(turn, period)
    _ = turn.language.text
    sent = [one for one in boards.standings(turn.session, turn.home, [period]) if one.is_sent]
    choices = [Button(one.unit.name, read_report, report=one.report.id, page=0) for one in sent]
    back = [Button(_("Back"), actions.open_period, period=period)]
    pick(turn, _("Which unit?"), choices, page, choose_report, back, period=period)


@conversation.button("bv", may=STAFF)
def read_report(turn: Turn, report: int, page: int) -> None:
    """What a unit sent, to read only; the log shows that it was read."""
    found = boards.report_seen(turn.session, turn.viewer, report)
    view = ReportView(*turn.need(found if found is not None and found[0].revision else None, board.not_there))
    _ = turn.language.text
    content = sent_content(turn.session, view.report)
    pages = _pages(turn.language, content, turn.room)
    page = min(max(page, 0), len(pages) - 1)
    _note_in_log(turn, content, report)
    sender = turn.session.get(Person, view.report.sent_by)
    text = lines(words.receipt(turn.language, view, content, sender), pages[page])
    around = ((_("Page before"), page - 1), (_("Page after"), page + 1))
    nav = [
        [Button(label, read_report, report=report, page=at)]
        for label, at in around
        if at in range(len(pages))
    ]
    back = [Button(_("Back"), actions.open_period, period=view.period.id)]
    turn.show(Message(text, [*nav, back], private=True))


def _note_in_log(turn: Turn, content: dict[str, Any], report: int) -> None:
    for about in mentioned_in(content) or [None]:
        turn.log("conduct_seen", subject=f"conduct_report:{report}", about=about)


def _pages(language: Language, content: dict[str, Any], room: int) -> list[Markup]:
    """A line for everyone who is mentioned, notes whole, in pages a message can hold."""
    told = words.mentions_sent(language, content, excerpt=room)
    left: Sequence[Markup] = [Markup("- {}").format(clause) for clause in told]
    pages = []
    while left:
        kept = fitting(left, room)
        pages.append(lines(*kept))
        left = left[len(kept) :]
    return pages or [Markup()]
