"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import accounts, agent, audit, filing, home, live, live_talk, own_account, sign_in

ROUTES: tuple[Routes, ...] = (
    home.routes,
    sign_in.routes,
    own_account.routes,
    accounts.routes,
    audit.routes,
    agent.routes,
    filing.routes,
    live.routes,
    live_talk.routes,
)
