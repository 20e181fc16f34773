"""Slips to print on A4 and cut: who it is for, the code, its QRs, what to do. One heap a unit."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import segno
from markupsafe import Markup

from bot.web.pages import rendered
from handlers.menu.menu import role_names
from locales import Language
from storage.base import private
from storage.base.keyring import tidy_code
from storage.joining.invites import deep_link
from storage.people.people import Centre

_ = Language().text


@dataclass(frozen=True)
class Slip:
    """One person and class. `link` is the signed web address, `username` the Telegram bot's; either may be "".

    `roles` are those the person has; `site` is the address whose page takes the code.
    """

    name: str
    unit: str
    class_code: str
    code: str
    link: str
    username: str = ""
    roles: Sequence[str] = ()
    site: str = ""

    @property
    def deep_link(self) -> str:
        """What opens the chat with the bot and brings the code; "" without a bot."""
        return deep_link(self.username, tidy_code(self.code))


def page(centre: Centre, slips: Sequence[Slip], until: date) -> str:
    """The whole document. `until` is the last day on which the codes open something."""
    style = files("bot.web.pages").joinpath("slips.css").read_text(encoding="utf-8")
    heaps = [_heap(unit or centre.name, list(heap)) for unit, heap in groupby(slips, lambda slip: slip.unit)]
    return rendered(
        "slips",
        title=_("Slips, {centre}", centre=centre.name),
        style=Markup(style),  # noqa: S704  our own file
        centre=centre.name,
        heaps=heaps,
        label=_("Your one-time code"),
        address=_("Address to open:"),
        until=_("valid until {day}", day=Language().year_day(until)),
        how=_how(centre),
    )


def _heap(unit: str, slips: Sequence[Slip]) -> dict[str, object]:
    count = Language().count("{n} slip", "{n} slips", len(slips))
    return {"unit": unit, "count": count, "slips": [_article(slip) for slip in slips]}


def _article(slip: Slip) -> dict[str, object]:
    of_class = _("class {code}", code=slip.class_code) if slip.class_code else ""
    roles = role_names(Language(), slip.roles)
    who = Markup(" · ").join(Markup.escape(part) for part in (slip.unit, of_class) if part)
    return {
        "name": slip.name,
        "roles": roles[:1].upper() + roles[1:],
        "who": who,
        "code": slip.code,
        "site": slip.site.removeprefix("https://").removesuffix("/"),
        "figures": list(_figures(slip)),
    }


def _figures(slip: Slip) -> Iterator[dict[str, object]]:
    for address, caption in ((slip.deep_link, "Telegram"), (slip.link, _("Web page"))):
        if address:
            drawn = segno.make(address, micro=False, error="m").svg_inline(
                border=0, omitsize=True, svgclass=None, lineclass=None
            )
            yield {"drawn": Markup(drawn), "caption": caption}  # noqa: S704  segno's own drawing


def _how(centre: Centre) -> Markup:
    """What to do, in three sentences."""
    scan = _("Scan a square with your phone's camera, or open the address and type the code.")
    check = _("Check that it greets you by your name, and answer its two questions about your data.")
    if centre.phone:
        call = _(
            "The code is for you alone and works once; if anything is wrong, please call {phone}.",
            phone=centre.phone,
        )
    else:
        call = _("The code is for you alone and works once; if anything is wrong, please call the centre.")
    return Markup(" ").join((scan, check, call))


def write(file: Path, content: str) -> None:
    """Write the page, readable by its owner only: it opens people's chats. OSError names the file."""
    handle = private.opened(file, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(content)
