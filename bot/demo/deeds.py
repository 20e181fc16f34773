"""What people do in the demonstration, in plain words: who wrote what, who chose what."""

from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from bot.app import App
from handlers.engine.messages import Incoming, Press
from locales import Language
from storage.messaging.dialogues import dialogue
from storage.messaging.inbox import inbox
from storage.messaging.outbox import outbox
from storage.people.people import Contact, Person

MOST: Final = 20  # told at once
LONGEST: Final = 60  # characters of what was typed


class Deeds:
    """Reads the updates that have had their turn, each once."""

    def __init__(self, app: App) -> None:
        self.app, self.language, self.seen = app, Language(), 0

    def begin(self, session: Session) -> None:
        """What has happened so far is not told any more."""
        self.seen = session.execute(select(func.max(inbox.c.id))).scalar() or 0

    def since(self, session: Session) -> list[str]:
        """A sentence for each update since the last one, the oldest first."""
        query = select(inbox.c.id, inbox.c.account_id, inbox.c.payload, dialogue.c.chat, col(Person.name))
        query = query.join(dialogue, dialogue.c.id == inbox.c.dialogue_id)
        here = (col(Contact.account_id) == inbox.c.account_id) & (col(Contact.chat) == dialogue.c.chat)
        query = query.outerjoin(Contact, here).outerjoin(Person, col(Person.id) == col(Contact.person_id))
        query = query.where(inbox.c.id > self.seen).order_by(inbox.c.id).limit(MOST)
        rows = session.execute(query).all()
        self.seen = rows[-1].id if rows else self.seen
        return [told for row in rows if (told := self._told(session, row))]

    def _told(self, session: Session, row: Row[Any]) -> str:
        _, done = self.language.text, self._done(session, row)
        who = row.name or _("Somebody who is not linked")
        time = self.language.time(self.app.clock.now())
        return _("{time}: {who} {done}", time=time, who=who, done=done) if done else ""

    def _done(self, session: Session, row: Row[Any]) -> str:
        """Such as "chọn “Đã nhận”"; "" for what is nothing a person does."""
        _, incoming = self.language.text, self._incoming(row)
        if incoming.press:
            label = label_of(session, row, incoming.press)
            return _("chose “{label}”", label=label) if label else ""
        if incoming.start:
            return _("opened the link of a slip")
        if incoming.file:
            return _("sent the file “{name}”", name=incoming.file.name)
        text = incoming.text.strip()
        return _("wrote “{text}”", text=text[:LONGEST]) if text else ""

    def _incoming(self, row: Row[Any]) -> Incoming:
        channel = self.app.channels[row.account_id]
        return channel.parse(row.payload)


def label_of(session: Session, row: Row[Any], press: Press) -> str:
    """What stood on the button: it is looked up in what was sent to the chat, the newest first."""
    query = select(outbox.c.message).where(outbox.c.account_id == row.account_id, outbox.c.chat == row.chat)
    for message in session.execute(query.order_by(outbox.c.id.desc()).limit(MOST)).scalars():
        for button in (one for line in message["buttons"] for one in line):
            if button.get("data") == press.data:
                return str(button["label"])
    return ""
