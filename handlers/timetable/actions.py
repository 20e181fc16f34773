"""What other files offer of the timetable."""

from handlers.engine.actions import action

open_day = action("ld", "day")
save = action("li", "course")
open_file = action("lx", "course", "first")
