"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import (
    accounts,
    agent,
    audit,
    bulk,
    export,
    filing,
    home,
    limits,
    live,
    live_talk,
    moves,
    overview,
    own_account,
    queue,
    reveal,
    saved_views,
    sign_in,
    tickets,
)

ROUTES: tuple[Routes, ...] = (
    home.routes,
    sign_in.routes,
    own_account.routes,
    queue.routes,
    saved_views.routes,
    bulk.routes,
    tickets.routes,
    moves.routes,
    reveal.routes,
    limits.routes,
    agent.routes,
    filing.routes,
    live.routes,
    live_talk.routes,
    overview.routes,
    export.routes,
    accounts.routes,
    audit.routes,
)
