"""Learning from what went wrong: an inbox, likeness, labels, proposals that two people make, and figures.

Nothing here trains or changes a file: `Proposals.download` gives a change that a person applies.
"""

from desk.learning.clusters import Cluster, clusters
from desk.learning.errors import Clash, Forbidden, Unfit
from desk.learning.expiring import Due, expiring
from desk.learning.feedback import Feedback
from desk.learning.figures import Figure, figures, totals
from desk.learning.labels import NOTHING, Labels
from desk.learning.ledger import Proposal, Step
from desk.learning.missed import KINDS, Item, Missed
from desk.learning.proposals import Proposals
from desk.learning.stories import Story

__all__ = [
    "KINDS",
    "NOTHING",
    "Clash",
    "Cluster",
    "Due",
    "Feedback",
    "Figure",
    "Forbidden",
    "Item",
    "Labels",
    "Missed",
    "Proposal",
    "Proposals",
    "Step",
    "Story",
    "Unfit",
    "clusters",
    "expiring",
    "figures",
    "totals",
]
