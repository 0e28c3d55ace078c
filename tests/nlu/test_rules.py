"""Whatever happens in a talk, our policy decides what Rasa's own does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import InvalidRule, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.graph_components.providers.training_tracker_provider import TrainingTrackerProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.utils.io import read_yaml

from bot.nlu.rules import Rules

LISTEN = "action_listen"
DOMAIN = """
version: "3.1"
intents: [ask, complain, claim, deny, unknown]
slots:
  topic: {type: text, influence_conversation: true, mappings: [{type: custom}]}
  requested_slot: {type: any, mappings: [{type: custom}]}
forms:
  complaint_form: {required_slots: [topic]}
actions: [action_guide, action_note, action_file, action_claim, action_deny]
"""
RULES = """
version: "3.1"
rules:
- rule: answer a question
  steps:
  - intent: ask
  - action: action_guide
- rule: two actions for a claim
  steps:
  - intent: claim
  - action: action_claim
  - action: action_note
- rule: begin a complaint
  steps:
  - intent: complain
  - action: complaint_form
  - active_loop: complaint_form
- rule: file the complaint when its form is done
  condition:
  - active_loop: complaint_form
  steps:
  - action: complaint_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: action_file
- rule: no
  steps:
  - intent: deny
  - action: action_deny
"""


# Rules and stories that Rasa refuses to learn, and some that look as if it had to.
CONTRADICTIONS = {
    "a story against a rule": """
rules:
- rule: answer
  steps:
  - intent: ask
  - action: action_guide
stories:
- story: otherwise
  steps:
  - intent: ask
  - action: action_note
""",
    "two rules for one thing": """
rules:
- rule: answer
  steps:
  - intent: ask
  - action: action_guide
- rule: otherwise
  steps:
  - intent: ask
  - action: action_note
""",
    "a rule that asks what was before": """
rules:
- rule: no
  steps:
  - intent: deny
  - action: action_deny
- rule: no to a note
  steps:
  - action: action_note
  - intent: deny
  - action: action_file
""",
    "a rule for the beginning alone": """
rules:
- rule: no
  steps:
  - intent: deny
  - action: action_deny
- rule: no as the first word
  conversation_start: true
  steps:
  - intent: deny
  - action: action_file
""",
}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rules, RulePolicy, Domain]:
    """Ours and Rasa's, both having learnt the rules above."""
    domain = Domain.from_yaml(DOMAIN)
    ours, stock = (trained(kind, RULES, domain, tmp_path_factory) for kind in (Rules, RulePolicy))
    return ours, stock, domain


def trained(kind: Any, rules: str, domain: Domain, folders: pytest.TempPathFactory) -> Any:
    steps = YAMLStoryReader().read_from_parsed_yaml(read_yaml(rules))
    provider = TrainingTrackerProvider.create(
        TrainingTrackerProvider.get_default_config(), _storage(folders), Resource("t"), _context()
    )
    config = {**kind.get_default_config(), "core_fallback_action_name": LISTEN}
    storage, resource = _storage(folders), Resource("policy")
    trackers = provider.provide(StoryGraph(steps), domain)
    kind(dict(config), storage, resource, _context()).train(trackers, domain)
    return kind.load(dict(config), storage, resource, _context())


def _storage(folders: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage.create(Path(folders.mktemp("model")))


def _context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "test")


def said(intent: str) -> UserUttered:
    return UserUttered("x", {"name": intent, "confidence": 1.0})


def decided(policy: RulePolicy, events: list[Event], domain: Domain) -> tuple[str, bool, bool]:
    """The action that is next, and what else Rasa notes with it."""
    tracker = DialogueStateTracker.from_events("a", events, domain.slots)
    prediction = policy.predict_action_probabilities(tracker, domain, rule_only_data={})
    best = prediction.probabilities.index(max(prediction.probabilities))
    noted = prediction.is_no_user_prediction, bool(prediction.events)
    return (domain.action_names_or_texts[best], *noted)


def test_an_action_that_ends_a_turn_is_followed_by_the_citizen(
    policies: tuple[Rules, RulePolicy, Domain],
) -> None:
    ours, _, domain = policies
    asked: list[Event] = [ActionExecuted(LISTEN), said("ask")]
    assert decided(ours, asked, domain)[0] == "action_guide"
    assert decided(ours, [*asked, ActionExecuted("action_guide")], domain)[0] == LISTEN
    assert set(ours._last) == {"action_guide", "action_note", "action_file", "action_deny"}
    assert ours._one_state_tells


def test_an_action_that_another_follows_is_followed_by_it(policies: tuple[Rules, RulePolicy, Domain]) -> None:
    ours, _, domain = policies
    claimed = [ActionExecuted(LISTEN), said("claim"), ActionExecuted("action_claim")]
    assert decided(ours, claimed, domain)[0] == "action_note"


def test_ours_and_rasas_decide_the_same_in_talks_by_chance(
    policies: tuple[Rules, RulePolicy, Domain],
) -> None:
    ours, stock, domain = policies
    actions = ["action_guide", "action_note", "action_file", "action_claim", "action_deny", "complaint_form"]
    seen = set()
    for seed in range(400):
        events = list(_talk(random.Random(seed), actions, domain))
        mine, theirs = (decided(policy, events, domain) for policy in (ours, stock))
        assert mine == theirs, (seed, events)
        seen.add(mine[0])
    assert seen >= {LISTEN, *actions}


@pytest.mark.parametrize("rules", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_the_same_contradictions_are_found_and_the_rest_decides_the_same(
    tmp_path_factory: pytest.TempPathFactory, rules: str
) -> None:
    domain = Domain.from_yaml(DOMAIN)
    made = []
    for kind in (Rules, RulePolicy):
        try:
            made.append(trained(kind, rules, domain, tmp_path_factory))
        except InvalidRule:
            made.append(None)
    ours, stock = made
    assert (ours is None) == (stock is None)
    actions = ["action_guide", "action_note", "action_file", "action_deny"]
    for seed in range(150 if ours else 0):
        events = list(_talk(random.Random(seed), actions, domain))
        assert decided(ours, events, domain) == decided(stock, events, domain), (seed, events)


def _talk(chance: random.Random, actions: list[str], domain: Domain) -> Iterator[Event]:
    """Turns as they come and as they should never come, cut off anywhere."""
    yield ActionExecuted(LISTEN)
    for _ in range(chance.randint(1, 4)):
        yield said(chance.choice(domain.intents))
        for _ in range(chance.randint(0, 2)):
            action = chance.choice(actions)
            yield ActionExecuted(action)
            yield from chance.choice(
                (
                    [],
                    [SlotSet("topic", chance.choice(("a", None)))],
                    [ActiveLoop("complaint_form"), SlotSet("requested_slot", "topic")],
                    [ActiveLoop(None), SlotSet("requested_slot", None)],
                    [ActionExecutionRejected("complaint_form")] if action == "complaint_form" else [],
                )
            )
        if chance.random() < 0.7:
            yield ActionExecuted(LISTEN)
