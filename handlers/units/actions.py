"""What other files offer of those who answer for a unit."""

from handlers.engine.actions import action
from storage.people.people import UNIT

open_units = action("hm", may=UNIT)
ask_days = action("hi", may=UNIT)
come_back = action("hk", may=UNIT)
open_deputies = action("hda", "unit", may=UNIT)
