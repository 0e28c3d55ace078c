"""Tells systemd that the event loop turns: an unit with WatchdogSec is started anew when it hears nothing."""

from __future__ import annotations

import asyncio
import socket

_EVERY_SECONDS = 10  # a sixth of what the unit allows


async def alive(address: str) -> None:
    """Send a sign of life to the socket of systemd, for ever; `@` begins an abstract name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        sender.setblocking(False)
        while True:
            sender.send(b"WATCHDOG=1")
            await asyncio.sleep(_EVERY_SECONDS)
