"""What became of a message, for whoever improves the assistant: a mark on what an action says.

It travels to the gateway with the answer and is stored with it, so that nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from actions.talk import Talk
from desk.inbox import ANSWERED, ASKED_BACK, FORM, SMALL_TALK

_TALK = frozenset(
    {
        "action_greet",
        "action_thanks",
        "action_goodbye",
        "action_chitchat",
        "action_affirm",
        "action_deny",
        "action_cancel",
        "action_start_over",
        "action_form_over",
    }
)
_OPENS_A_FORM = frozenset({"action_complaint_start", "action_claim_start", "action_ticket_add"})
_ENDS_A_FORM = frozenset({"action_complaint_file", "action_claim_show", "action_ticket_file_facts"})
_IN_A_FORM = ("validate_", "action_ask_")
# These answer with a card, or ask for what is missing.
_WITH_A_CARD = frozenset({"action_guide", "action_follow_up", "action_correct"})


def what_became(talk: Talk, action: str, labels: Collection[str]) -> dict[str, Any]:
    """Return label, confidence, label2 and outcome of one action's turn, as `desk.inbox` names them."""
    outcome = talk.outcome or _outcome(talk, action)
    # A word or a number that a form asked for is about nothing: what the classifier saw in it is noise.
    if outcome == FORM and action not in _OPENS_A_FORM:
        return {"outcome": outcome}
    ranking = {guess.label: guess.confidence for guess in talk.guesses}
    label = talk.about or next(iter(ranking), talk.intent if talk.intent in labels else None)
    others = [other for other in (*talk.asked, *ranking) if other != label]
    return {
        "label": label,
        "confidence": ranking.get(str(label), 0.0) if ranking else None,
        "label2": others[0] if others else None,
        "outcome": outcome,
    }


def _outcome(talk: Talk, action: str) -> str:
    if action.startswith(_IN_A_FORM) or action in _ENDS_A_FORM:
        return FORM
    if action in _OPENS_A_FORM:
        return ANSWERED if talk.showed_a_card else FORM
    if action in _TALK:
        return SMALL_TALK
    return ASKED_BACK if action in _WITH_A_CARD and not talk.showed_a_card else ANSWERED
