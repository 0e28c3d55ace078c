"""The assistant that the tests of this folder break, mended before each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.house import House


@pytest.fixture(scope="package")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("faults"))
    try:
        made.mend()
        yield made
    finally:
        made.close()


@pytest.fixture
def house(_house: House) -> House:
    """The whole assistant, in order."""
    _house.mend()
    return _house
