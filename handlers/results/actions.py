"""What other files offer of results and marks."""

from typing import Final

from handlers.engine.actions import action
from storage.people.people import STAFF, UNIT, Role

CARERS: Final = STAFF | UNIT  # who looks after other people's results

open_own_class = action("kl", "course", may={Role.LEARNER})
open_learners = action("kt", "course", "page", may=CARERS)
open_class = action("pc", "course", may=STAFF)
