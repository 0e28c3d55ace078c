"""How long each kind of data is kept (data/retention.yml), and the nightly purge of what is older.

Tickets are kept as data/limits.yml says and the audit log for good; what lasts minutes or days only is
purged where it is made.
"""

from __future__ import annotations

from desk.database import open_database
from desk.retention.nightly import Nightly
from desk.retention.purge import Retention
from desk.retention.rules import KINDS, Rule, load_rules
from desk.settings import Settings

__all__ = ["KINDS", "Nightly", "Retention", "Rule", "load_rules", "open_retention"]


def open_retention(settings: Settings) -> Retention:
    """Connect to what `settings` name; raise `DataFault` for a table that cannot be used."""
    rules = load_rules(settings.data / "retention.yml")
    return Retention(open_database(settings.database_url), open_database(settings.tracker_url), rules)
