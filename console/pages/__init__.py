"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import home, moves, queue, reveal, saved_views, tickets

ROUTES: tuple[Routes, ...] = (
    home.routes,
    queue.routes,
    saved_views.routes,
    tickets.routes,
    moves.routes,
    reveal.routes,
)
