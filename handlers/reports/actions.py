"""What other files offer of conduct reports."""

from typing import Final

from handlers.engine.actions import BOUND, action, answer
from handlers.menu import sections
from locales import later
from storage.people.people import STAFF, UNIT, Role

# Who may press what fills in a report: its unit's heads and deputies, whoever it was handed to, a liaison officer, the
# registrar who enters it. That is known of a report only, so storage.reports.signing decides in the query; whoever
# pressed an old button of his is told what has changed instead of being sent away.
FILLERS: Final = BOUND
MINE: Final = UNIT | {Role.DELEGATE}  # who has reports of his own

# -- what there is

open_reports = action(
    "br", may=MINE, menu=later("Conduct report"), section=sections.UNIT, rank=5, on_keyboard=True
)
open_list = action("bh", "page", may=FILLERS)
open_board = action(
    "bs", may=STAFF, menu=later("Report status"), section=sections.CENTRE, rank=6, on_keyboard=True
)
open_classes = action("rn", may=STAFF)

# -- on the card

open_card = action("bo", "report", may=FILLERS)
all_well = action("bw", "report", may=FILLERS)
carry_on = action("bn", "report", may=FILLERS)
correct = action("bf", "report", "page", may=FILLERS)
send = action("bg", "report", "revision", "content", may=FILLERS)
clear_marked = action("bmc", "report", "revision", "on", may=FILLERS)
make_sent_file = action("bmf", "report", may=FILLERS)
make_picture = action("hs", "report", may=FILLERS)
ask_to_reopen = action("ho", "report", may=FILLERS)
open_reopening = action("bmr", "request", may=STAFF)

# -- names and learners

open_names = action("bl", "report", "page", may=FILLERS)
pick = action("bp", "report", "learner", "page", may=FILLERS)
unpick = action("bu", "report", "learner", "page", may=FILLERS)
names_done = action("bd", "report", may=FILLERS)
together = action("bt", "report", may=FILLERS)
say_of_all = action("ba", "report", "category", may=FILLERS)
open_learner = action("bk", "report", "learner", "page", "revision", may=FILLERS)
say = action("bc", "report", "learner", "category", "page", "revision", may=FILLERS)
leave_out = action("bx", "report", "learner", "page", "revision", may=FILLERS)
choose_note = action("bj", "report", "page", may=FILLERS)
choose_details = action("bmd", "report", "page", may=FILLERS)
open_details = action("bmo", "report", "learner", "category", "page", "revision", may=FILLERS)
say_times = action("bmt", "report", "learner", "category", "times", "page", "revision", may=FILLERS)
choose_more = action("bma", "report", "learner", "page", "revision", may=FILLERS)
say_too = action("bms", "report", "learner", "category", "page", "revision", may=FILLERS)
note_typed = answer("conduct_note", "report", "learner", "page", "revision", may=FILLERS)

# -- typed in one line

answer_who = action("cw", "report", "content", "place", "learner", may=FILLERS, aside=True)
answer_title = action("ct", "report", "content", "place", "learner", may=FILLERS, aside=True)
answer_what = action("ck", "report", "content", "learner", "category", may=FILLERS, aside=True)
note_of_line = answer("cn", "report", "learner", "typed", may=FILLERS)

# -- whose it is

choose_person = action("ha", "report", "page", may=UNIT)
take_back = action("hd", "report", may=UNIT)
give_back = action("he", "report", may=FILLERS)
submit = action("hf", "report", "content", may=FILLERS)

# -- received by phone or on paper

record = action("hy", "report", "revision", "content", "source", "day", may={Role.REGISTRAR})
other_day = action("hz", "report", may={Role.REGISTRAR})
