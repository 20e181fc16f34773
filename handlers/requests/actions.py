"""What other files offer of requests that wait for the director's decision."""

from typing import Final

from handlers.engine.actions import action
from handlers.menu import sections
from locales import later
from storage.people.people import Role

DIRECTOR: Final = frozenset({Role.DIRECTOR})

open_undecided = action("ru", may=DIRECTOR, menu=later("Missing reports"), section=sections.CENTRE, rank=7)
open_question = action("rqd", "request", may=DIRECTOR)
