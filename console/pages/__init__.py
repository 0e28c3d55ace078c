"""The pages of the console, one file for each; `ROUTES` is all of them."""

from __future__ import annotations

from console.access import Routes
from console.pages import home, queue, saved_views

ROUTES: tuple[Routes, ...] = (home.routes, queue.routes, saved_views.routes)
