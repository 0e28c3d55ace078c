"""A store on a file of its own, with the product's domain."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from bot.stores import AppendingTrackerStore

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_file(str(ROOT / "domain.yml"))


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "tracker.db")


@pytest.fixture
def store(domain: Domain, file: str) -> AppendingTrackerStore:
    return AppendingTrackerStore(domain, db=file)
