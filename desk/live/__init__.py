"""A conversation in the hands of a person: the citizen waits, one agent takes it, writes, and gives it back.

`Live` is the room; doors ask it who speaks. `ServiceHours` are the hours in which this service's agents work.
"""

from desk.live.hours import ServiceHours
from desk.live.record import Closed, Event, Held, Standing, Waiting
from desk.live.room import Live
from desk.live.words import END, LEAVE

__all__ = ["END", "LEAVE", "Closed", "Event", "Held", "Live", "ServiceHours", "Standing", "Waiting"]
