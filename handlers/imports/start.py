"""How staff hand in a workbook: in the chat itself, or by a page of its own where the chat takes no files.

What is neither words nor a file is answered here too: a list may have been meant.
"""

from markupsafe import Markup

from handlers.engine.conversation import Conversation
from handlers.engine.desk import UPLOAD_LINK_LIVES
from handlers.engine.messages import Button, Link, Message, lines
from handlers.engine.turn import Turn
from handlers.menu import sections
from handlers.menu.actions import cancel, open_menu
from handlers.menu.menu import menu_card
from locales import later
from storage.people.people import STAFF

conversation = Conversation("import_start")


@conversation.button("nh", may=STAFF, menu=later("Import a list"), section=sections.CENTRE, rank=31)
@conversation.command(
    "nhap", words=later("import a list, import an Excel file"), about=later("Import an Excel list"), may=STAFF
)
def open_import(turn: Turn) -> None:
    """Say where the file goes."""
    _ = turn.language.text
    menu = [Button(_("Menu"), open_menu)]
    if turn.can.files_in:
        turn.show(Message(lines(_("Please send the Excel file here."), _about(turn)), [menu]))
        return
    page = upload_page(turn)
    if page:
        turn.show(
            Message(lines(_("This chat takes no files: they go by a page."), page_terms(turn)), [*page, menu])
        )
        return
    text = _("This chat takes no files. Please import the list on the centre's computer (caunoi import).")
    turn.show(Message(text, [menu]))


def _about(turn: Turn) -> Markup:
    return turn.language.text(
        "It may be a list of units or of learners, a timetable or marks. It is summed up first; nothing is written "
        "before you confirm it."
    )


def upload_page(turn: Turn) -> list[list[Link]]:
    """The button of a page that takes a file for this chat; none for whoever sends no lists, or sends them here."""
    if not turn.is_staff or turn.can.files_in:
        return []
    url = turn.links.upload(turn.dialogue_id, turn.now + UPLOAD_LINK_LIVES)
    return [[Link(turn.language.text("Open the file page"), url)]] if url else []


def page_terms(turn: Turn) -> Markup:
    """What the page is for, how it answers and how long it is open."""
    _ = turn.language.text
    until = turn.language.moment(turn.now + UPLOAD_LINK_LIVES)
    return lines(
        _about(turn),
        _("The page says what the file holds, or what is wrong in it; so does this chat."),
        _("It is for you alone and open until {until}.", until=until),
    )


@conversation.on("other")
def unreadable(turn: Turn) -> None:
    if turn.person is None:
        turn.table.events["stranger"](turn, "")
        return
    _ = turn.language.text
    text = _("The assistant reads words, buttons and files, but no stickers, pictures or voice messages.")
    if not turn.can.files_in:
        text = _("The assistant reads words here, but no files, stickers, pictures or voice messages.")
    page = upload_page(turn)
    more = _("If it was an Excel list, please send it by the page.") if page else ""
    if turn.state:
        answer = _("Please answer in words.")
        turn.say(Message(lines(text, more, answer), [[Button(_("Cancel"), cancel)], *page]))
    elif page:
        turn.say(Message(lines(text, more), [*page, [Button(_("Menu"), open_menu)]]))
    else:
        turn.say(menu_card(turn, text))
