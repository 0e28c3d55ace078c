"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import (
    accounts,
    audit,
    home,
    learning,
    learning_changes,
    learning_figures,
    learning_proposals,
    learning_propose,
    own_account,
    sign_in,
)

ROUTES: tuple[Routes, ...] = (
    home.routes,
    sign_in.routes,
    own_account.routes,
    accounts.routes,
    audit.routes,
    learning.routes,
    learning_propose.routes,
    learning_proposals.routes,
    learning_changes.routes,
    learning_figures.routes,
)
