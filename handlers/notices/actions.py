"""What other files offer of notices."""

from handlers.engine.actions import action
from storage.people.people import STAFF

open_sent = action("nbl", "page", may=STAFF)
open_board = action("nbb", "notice", may=STAFF)
remind = action("nbr", "notice", may=STAFF)
acknowledge = action("na", "delivery", aside=True)
open_own = action("nbo")
