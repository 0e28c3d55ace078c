"""Rasa's rules, looked through only where and as far as their answer is open."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_Lookup = dict[str, str]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class Rules(RulePolicy):
    """Decides as RulePolicy does, which in each turn holds every rule against the whole talk three times.

    Once for the citizen's words, though no rule of ours names any; once for the action; and once for what
    comes after it, where most rules say that it is the citizen's turn. Rasa's check of config.yml knows
    RulePolicy by its own name alone, and warns at each training that it is missing.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        """Take what RulePolicy takes."""
        super().__init__(*args, **named)
        rules: _Lookup = self.lookup.get(RULES, {})
        # While it is trained there are none yet, and contradictions are looked for in Rasa's own way.
        self._learnt = bool(rules)
        # Where no rule fits Rasa falls back, which is the same only if the fallback is to listen.
        self._last = _last_words(rules) if self._fallback_action_name == ACTION_LISTEN_NAME else {}
        self._of_intent = _by_intent(rules)
        self._one_state_tells = _one_state_tells([*rules, *self.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH, {})])

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and self._learnt:
            return None, None, False
        if tracker.active_loop_name is None and (rule := self._last.get(tracker.latest_action_name)):
            return ACTION_LISTEN_NAME, rule, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)  # type: ignore[no-any-return]

    def _prediction_states(
        self, tracker: DialogueStateTracker, domain: Domain, *args: Any, **named: Any
    ) -> list[State]:
        if self._learnt and self._one_state_tells and tracker.latest_action_name == ACTION_LISTEN_NAME:
            states = [domain.get_active_state(tracker)]
            self.featurizer._choose_last_user_input([states], use_text_for_last_user_input=False)
            return states
        return super()._prediction_states(tracker, domain, *args, **named)  # type: ignore[no-any-return]

    def _get_possible_keys(self, lookup: _Lookup, states: list[State]) -> set[str]:
        if self._learnt and lookup is self.lookup.get(RULES) and states and states[-1].get(PREVIOUS_ACTION):
            intent = states[-1].get(USER, {}).get(INTENT)
            lookup = {**self._of_intent[None], **self._of_intent[intent]}
        return super()._get_possible_keys(lookup, states)  # type: ignore[no-any-return]


def _last_words(rules: _Lookup) -> _Lookup:
    """The actions after which every rule lets the citizen speak, each with one of those rules."""
    after: dict[str, set[str]] = defaultdict(set)
    rule_of: _Lookup = {}
    for rule, action in rules.items():
        done = _done(rule)
        after[done].add(action)
        rule_of[done] = rule
    # What follows the citizen's own words is never clear beforehand.
    return {done: rule_of[done] for done in rule_of if done and after[done] == {ACTION_LISTEN_NAME}}


def _by_intent(rules: _Lookup) -> defaultdict[str | None, _Lookup]:
    """The rules by the intent that their last state must have, None for any."""
    found: defaultdict[str | None, _Lookup] = defaultdict(dict)
    for rule, action in rules.items():
        found[_last_state(rule).get(USER, {}).get(INTENT)][rule] = action
    return found


def _one_state_tells(rules: Iterable[str]) -> bool:
    """Whether no rule about the citizen's words asks what was before them."""
    return all(len(json.loads(rule)) == 1 for rule in rules if _done(rule) == ACTION_LISTEN_NAME)


def _last_state(rule: str) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(rule)[-1]
    return state


def _done(rule: str) -> str:
    return str(_last_state(rule).get(PREVIOUS_ACTION, {}).get(ACTION_NAME, ""))
