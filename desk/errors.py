"""The one small tree of errors of the desk. Doors map it once; a person never sees `str(error)`."""

from __future__ import annotations


class DeskError(Exception):
    """Anything the desk refuses or cannot do."""


class InvalidInput(DeskError):
    """What a person gave cannot be used. `reason` is a short English code that a door words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotFound(DeskError):
    """There is no such thing, or the asker may not know that there is."""


class NotAllowed(DeskError):
    """The move is not in the table of moves, or its guard refuses it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(DeskError):
    """Somebody else was faster, or the same key came with other content."""


class Unavailable(DeskError):
    """A store or another system does not answer; the same call may work later."""


class DataFault(DeskError):
    """Files under data/ are wrong. `faults` holds one sentence each, with the path first."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
