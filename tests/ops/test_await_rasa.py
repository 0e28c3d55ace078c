from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops.await_rasa import fault
from tests.assistant import free_port
from tests.fakes.rasa import FakeRasa


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    fake = FakeRasa("right")
    fake.start()
    yield fake
    fake.stop()


def test_a_rasa_that_is_ready_has_no_fault(rasa: FakeRasa) -> None:
    assert fault(rasa.url, "right") == ""


def test_a_model_that_did_not_load_is_told_at_once(rasa: FakeRasa) -> None:
    rasa.loaded = False
    assert "模型没有装上" in fault(rasa.url, "right")


def test_another_secret_is_told_at_once(rasa: FakeRasa) -> None:
    assert "DESK_SECRET" in fault(rasa.url, "wrong")


def test_a_rasa_that_never_comes_is_told_in_the_end() -> None:
    assert "还没有启动" in fault(f"http://127.0.0.1:{free_port()}", "right", seconds=0.1)
