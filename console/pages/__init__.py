"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import bulk, home, limits, moves, queue, reveal, saved_views, tickets

ROUTES: tuple[Routes, ...] = (
    home.routes,
    queue.routes,
    saved_views.routes,
    bulk.routes,
    tickets.routes,
    moves.routes,
    reveal.routes,
    limits.routes,
)
