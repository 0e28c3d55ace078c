"""A live room over real databases, with the hours of data/, for the tests of the hand-over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from desk.live import Live, ServiceHours
from tests.desk.ticket_room import DATA, WORKDAYS, Moment

HOURS = ServiceHours.load(DATA / "service_hours.yml", WORKDAYS)
PUBLIC = {"087163362528": "0871-63362528"}


def live_in(engine: Engine, now: Callable[[], datetime]) -> Live:
    return Live(engine, HOURS, now, PUBLIC)


def monday_noon() -> Moment:
    """A moment in the hours: a Monday, noon in China."""
    moment = Moment()
    moment.later(days=2)
    return moment


def staffed(engine: Engine, now: Callable[[], datetime]) -> Live:
    """A live room with the agent a7 present."""
    room = live_in(engine, now)
    room.present("a7")
    return room
