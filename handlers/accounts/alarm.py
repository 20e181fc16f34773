"""An account of the centre's lost its permission to send: the registrars hear it at once, with the mend."""

import re
from datetime import datetime
from typing import Final

from markupsafe import Markup
from sqlmodel import col, select

from handlers.engine.conversation import Conversation
from handlers.engine.desk import Desk
from handlers.engine.messages import lines
from handlers.engine.telling import tell_registrars
from locales import Language
from storage.people.people import Centre

conversation = Conversation("accounts_alarm")
_CODE: Final = re.compile(r"-?\d{3,6}")


@conversation.timer("account_alarm")
def alarm(desk: Desk, account: str, command: str, problem: str, until: str = "") -> None:
    """Tell it in every centre of this installation, once a day until it is mended.

    `until` is when what permission is left ends (ISO), "" where it has ended.
    """

    def told(language: Language) -> Markup:
        _ = language.text
        code = error_code(problem)
        lost = _("The account {name} has lost its permission.", name=account)
        told = _("Error code, for whoever looks after the computer: {code}", code=code) if code else ""
        end = _("It sends nothing any more.")
        if until:
            moment = language.moment(datetime.fromisoformat(until))
            end = _("It goes on until {moment}, and then sends nothing any more.", moment=moment)
        kept = _("Messages wait and nothing is lost. People who have another chat with us are reached there.")
        mend = _("Whoever looks after the computer, please run: {command}", command=command)
        return lines(lost, end, kept, mend, told)

    for centre in desk.session.exec(select(Centre).order_by(col(Centre.id))):
        key = f"account:{account}:{desk.today(centre).isoformat()}:{centre.id}"
        tell_registrars(desk, centre, told, key=key, at_once=True)


def error_code(said: str) -> str:
    """The number in a platform's text, for whoever looks after the computer; "" where it has none."""
    found = _CODE.search(said)
    return found[0] if found else ""
