"""What other files offer of conduct reports."""

from handlers.engine.actions import action
from storage.people.people import STAFF, UNIT

open_classes = action("rn", may=STAFF)
open_units = action("hm", may=UNIT)
