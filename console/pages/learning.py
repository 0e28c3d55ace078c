"""The operator's inbox: what the assistant did not manage, alike together, to be labelled with a topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import field, page
from desk.learning import KINDS, NOTHING, Cluster, Labels, Missed, clusters
from desk.learning.labels import NOTHING_NAME
from desk.staff import Permission

routes = Routes("learning")

LABELLED = "labelled"
# So that the page stays quick: five hundred are put together in a quarter of a second.
_READ, _SHOWN, _OPENED = 500, 40, 50
_RECENT = 100


@routes.get("/learning", Permission.LEARN)
def inbox(request: Request) -> HTTPResponse:
    """Show the tabs; what is in the chosen one comes right after, because putting together takes a while."""
    counts = _missed(request).counts()
    tab = _tab(request)
    return page(request, "learning/inbox.html", kinds=KINDS, counts=counts, tab=tab, labelled=LABELLED)


@routes.get("/learning/groups", Permission.LEARN)
def groups(request: Request) -> HTTPResponse:
    """Show what is in one tab: the biggest groups of the newest items, or what was labelled lately."""
    tab = _tab(request)
    if tab == LABELLED:
        done = _missed(request).items(unlabelled=False, limit=_RECENT)
        shown = [Cluster.of([item]) for item in done]
        return page(request, "learning/labelled_list.html", groups=shown, most=_RECENT, **_names(request))
    items = _missed(request).items(kinds=[tab], limit=_READ)
    found = clusters(items)
    return page(
        request,
        "learning/groups.html",
        groups=found[:_SHOWN],
        more=len(found) - _SHOWN,
        read=len(items),
        all_read=len(items) < _READ,
        opened=_OPENED,
        **_names(request),
    )


@routes.get("/learning/items", Permission.LEARN)
def items(request: Request) -> HTTPResponse:
    """Show the items of one group, each to be labelled by itself."""
    found = _missed(request).some(request.args.getlist("id", [])[:_OPENED])
    return _groups(request, [Cluster.of([item]) for item in found])


@routes.post("/learning/labels", Permission.LEARN)
def label(request: Request) -> HTTPResponse:
    """Label the items of a group, and show them as labelled with a way back."""
    chosen = NOTHING if field(request, "nothing") else field(request, "label")
    done = _labels(request).label_all(_ids(request), chosen, who(request).id)
    record(request, "items_labelled", "item", done[0], topic=_called(request, chosen), count=len(done))
    return _groups(request, [Cluster.of(_missed(request).some(done))])


@routes.post("/learning/undo", Permission.LEARN)
def undo(request: Request) -> HTTPResponse:
    """Take the newest label of the items back, and show them as they were."""
    ids = _ids(request)
    _labels(request).undo_all(ids, who(request).id)
    record(request, "label_undone", "item", ids[0], count=len(ids))
    return _groups(request, [Cluster.of(_missed(request).some(ids))])


def _groups(request: Request, found: Sequence[Cluster]) -> HTTPResponse:
    return page(request, "learning/group_list.html", groups=found, opened=_OPENED, **_names(request))


def _names(request: Request) -> dict[str, Any]:
    return {"topics": request.app.ctx.counter.topic_names, "kinds": KINDS, "nothing": (NOTHING, NOTHING_NAME)}


def _called(request: Request, label: str) -> str:
    return NOTHING_NAME if label == NOTHING else str(request.app.ctx.counter.topic_names[label])


def _tab(request: Request) -> str:
    asked = str(request.args.get("kind", ""))
    return asked if asked in KINDS or asked == LABELLED else next(iter(KINDS))


def _ids(request: Request) -> list[str]:
    return list(request.form.getlist("id", [])) if request.form else []


def _missed(request: Request) -> Missed:
    found: Missed = request.app.ctx.counter.missed
    return found


def _labels(request: Request) -> Labels:
    found: Labels = request.app.ctx.counter.labels
    return found
