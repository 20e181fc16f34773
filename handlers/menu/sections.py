"""The parts of the menu: an entry is declared with its own, and stands on that card."""

from typing import Final

from locales import later

UNIT: Final = later("For my unit")
CLASSES: Final = later("Lessons")
CENTRE: Final = later("Centre")
LOOK_UP: Final = later("Look up")
SECTIONS: Final = (UNIT, CLASSES, CENTRE, LOOK_UP)  # on the wire by place: only append
