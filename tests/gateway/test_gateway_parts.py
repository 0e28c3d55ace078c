"""Parts of the gateway that a door with a happy database never shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.brain import Brain, Said, TurnFailed
from bot.gateway.turns import merged
from bot.gateway.web import Tokens
from desk.errors import Unavailable
from desk.inbox import OUTCOMES, Understood, read_understood
from desk.sealing import Keys
from tests.assistant import free_port
from tests.fakes.rasa import FakeRasa

TOKENS = Tokens(Keys.of(b"s" * 32))


async def test_the_brain_tells_absence_from_failure() -> None:
    rasa = FakeRasa("right", free_port())
    brain = Brain([f"http://127.0.0.1:{rasa.port}"], "right")
    assert not await brain.look()
    with pytest.raises(Unavailable):
        await brain.ask("web-a", "你好", "k1")
    rasa.start()
    assert await brain.look()
    echo = [{"recipient_id": "web-a", "text": "收到：你好"}]
    assert await brain.ask("web-a", "你好", "k1") == Said(echo, Understood())
    rasa.understood["你好"] = {"label": "chitchat", "confidence": 0.9, "label2": None, "outcome": "talk"}
    assert (await brain.ask("web-a", "你好", "k1")).understood == Understood("chitchat", 0.9, None, "talk")
    rasa.fails = True
    with pytest.raises(TurnFailed):
        await brain.ask("web-a", "你好", "k1")
    rasa.loaded = False
    assert not await brain.look()
    await brain.close()
    rasa.stop()


async def test_a_brain_with_another_token_is_never_ready() -> None:
    rasa = FakeRasa("right")
    rasa.start()
    brain = Brain([f"http://127.0.0.1:{rasa.port}"], "wrong")
    assert not await brain.look()
    with pytest.raises(TurnFailed):
        await brain.ask("web-a", "你好", "k1")
    assert rasa.received == []
    await brain.close()
    rasa.stop()


def test_rasa_s_answers_are_merged_without_loss_or_empty_messages() -> None:
    card = {"title": "卡"}
    assert merged([]) == []
    assert merged([{"text": ""}, {"text": " "}]) == []
    assert merged([{"custom": {"card": card}}]) == [{"text": "", "card": card}]
    assert merged([{"text": "甲"}, {"custom": {"card": card, "with_text": True}}]) == [
        {"text": "甲", "buttons": [], "card": card}
    ]
    both = merged([{"text": "甲"}, {"custom": {"card": card, "with_text": False}}])
    assert [body["text"] for body in both] == ["甲", ""]
    two = [{"text": "甲"}] + [{"custom": {"card": card, "with_text": True}}] * 2
    assert [body.get("card") for body in merged(two)] == [card, card]


@given(st.text(), st.text(), st.text())
def test_a_button_opens_in_its_own_conversation_only(sender: str, title: str, payload: str) -> None:
    token = TOKENS.button(sender, title, payload)
    assert TOKENS.pressed(sender, token) == (title, payload)
    assert TOKENS.pressed(sender + "x", token) is None
    assert Tokens(Keys.of(b"t" * 32)).pressed(sender, token) is None
    assert TOKENS.sender_id(token) is None


@given(st.text())
def test_no_text_passes_for_a_token_or_a_session(made_up: str) -> None:
    assert TOKENS.pressed("web-a", made_up) is None
    assert TOKENS.sender_id(made_up) is None


@given(
    st.dictionaries(
        st.sampled_from(["label", "label2", "confidence", "outcome"]),
        st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.text())),
    )
    | st.text()
    | st.none()
)
def test_whatever_the_mark_of_a_turn_says_fits_the_table(raw: object) -> None:
    found = read_understood(raw)
    assert found.label is None or 0 < len(found.label) <= 40
    assert found.label2 is None or 0 < len(found.label2) <= 40
    assert found.confidence is None or 0 <= found.confidence <= 1
    assert found.outcome is None or found.outcome in OUTCOMES
