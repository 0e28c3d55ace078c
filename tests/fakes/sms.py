"""An SMS service that remembers what it was asked to send, or refuses."""

from __future__ import annotations

import re

from desk.errors import Unavailable


class FakeSms:
    """Keeps (phone, text, sender_id); `down` makes it refuse everything."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.down = False

    def send(self, phone: str, text: str, sender_id: str) -> None:
        """Remember one message."""
        if self.down:
            raise Unavailable("sms")
        self.sent.append((phone, text, sender_id))

    @property
    def code(self) -> str:
        """The six digits of the last message."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.sent[-1][1])
        assert found
        return found[0]

    @property
    def wrong_code(self) -> str:
        """Six digits that are not the code."""
        return "000000" if self.code != "000000" else "000001"
