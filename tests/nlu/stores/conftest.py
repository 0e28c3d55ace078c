"""Stores with the product's domain on a database of their own, of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from bot.nlu.stores import AppendingTrackerStore
from tests.desk.databases import KINDS, database

ROOT = Path(__file__).parents[3]
Opened = Callable[[], AppendingTrackerStore]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_file(str(ROOT / "domain.yml"))


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def opened(domain: Domain, url: str, tmp_path: Path) -> Iterator[Opened]:
    """Opens a store as one more Rasa process would."""
    stores: list[AppendingTrackerStore] = []

    def store() -> AppendingTrackerStore:
        stores.append(AppendingTrackerStore(domain, host=url, spool=str(tmp_path / "spool")))
        return stores[-1]

    yield store
    for each in stores:
        each.engine.dispose()


@pytest.fixture
def store(opened: Opened) -> AppendingTrackerStore:
    return opened()
