"""What other files offer of a person's own data."""

from handlers.engine.actions import action
from locales import later

open_my_data = action("md", menu=later("My data"), rank=80)
open_consents = action("mc")
open_requests = action("mr")
