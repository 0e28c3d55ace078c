"""Citizens who ask for a person within the hours, however late it is while the tests run."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from desk import conversation
from desk.live import Waiting
from tests.console.door import StaffDoor, StaffMember
from tests.desk.live_room import live_in
from tests.desk.ticket_room import Moment

_NUMBERS = count(1)


class Ticking(Moment):
    """A clock within the hours, on which no two people ask at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.later(days=2)

    def __call__(self) -> datetime:
        self.later(seconds=1)
        return self.at


_NOW = Ticking()


def says(console: StaffDoor, sender: str, text: str) -> None:
    with console.engine.begin() as connection:
        conversation.say(connection, sender, conversation.CITIZEN, {"text": text})


def waits(console: StaffDoor, *texts: str, sender: str = "", channel: str = "web") -> str:
    """Somebody, new or `sender`, who says this and then waits for a person; return the conversation."""
    sender = sender or f"web-{next(_NUMBERS)}"
    for text in (*texts, "转人工"):
        says(console, sender, text)
    room = live_in(console.engine, _NOW)
    room.present("somebody")
    assert isinstance(room.ask(sender, channel, f"{sender}:1"), Waiting)
    return sender


def held(console: StaffDoor, agent: StaffMember, *texts: str, sender: str = "", channel: str = "web") -> str:
    """The same, taken over by `agent`."""
    sender = waits(console, *texts, sender=sender, channel=channel)
    assert agent.post("/live/take", sender_id=sender).headers["location"] == f"/live/{sender}"
    return sender


def said(console: StaffDoor, sender: str) -> list[tuple[str, str]]:
    """Who said what, oldest first."""
    return [(m.author, str(m.body["text"])) for m in conversation.since(console.engine, sender)]
