"""What other files offer of the menu."""

from handlers.engine.actions import ANYONE, action

open_menu = action("mn")
cancel = action("hu", may=ANYONE, aside=True)
