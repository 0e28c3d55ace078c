"""Who saw and did what: a log that only grows, each row bound to the one before by a keyed hash.

`python -m desk.audit verify` checks it.
"""

from desk.audit.log import Audit, Recorded, Verified

__all__ = ["Audit", "Recorded", "Verified"]
