"""What other files offer of the board of conduct reports."""

from handlers.engine.actions import action
from storage.people.people import STAFF

open_period = action("bz", "period", may=STAFF)
choose_period = action("by", "page", may=STAFF)
open_calls = action("oc", "period", "page", may=STAFF)
choose_unit_to_extend = action("oe", "period", "page", may=STAFF)
choose_report = action("bq", "period", "page", may=STAFF)
remind = action("or", "period", may=STAFF)
choose_scope = action("ow", may=STAFF)
