"""What other files offer of remarks and gates."""

from handlers.engine.actions import action
from storage.people.people import STAFF, UNIT

open_gates = action("gg", may=STAFF)
open_card = action("gb", "course", "unit", "gate", may=UNIT)
open_list = action("gl", "course", "unit", "gate", "page", may=UNIT)
open_learner = action("gp", "confirmation", may=UNIT)
all_eligible = action("ge", "course", "unit", "gate", may=UNIT)
carry_on = action("gn", "course", "unit", "gate", may=UNIT)
