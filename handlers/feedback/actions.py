"""What other files offer of what goes back to the unit, and of requests to look again."""

from handlers.engine.actions import action
from storage.people.people import STAFF, UNIT

open_feedback = action("fo", "feedback", may=UNIT | STAFF)
open_board_first = action("fb", may=STAFF)
ask_review = action("fr", "feedback", may=UNIT)
open_ticket = action("fk", "ticket", may=UNIT | STAFF)
turn_page = action("fp", "page", may=UNIT | STAFF)
ask_answer = action("fw", "ticket", may=STAFF)
choose_owner = action("fh", "ticket", may=STAFF)
