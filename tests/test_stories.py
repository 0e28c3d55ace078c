"""Conversations from tests/stories, held with the whole assistant and its trained model.

A story is a list of turns: `say` words or `press` a button, then `hear` (every string must stand in the
answer), `never` (none may), `buttons` (titles that must be offered). `{name}` in a turn is what an earlier
turn kept with `keep: {name: regular expression}`. `if_asked` names the choice that a person presses when the
assistant asks back; the answer to that counts then. `staff` names what the staff do with the ticket {number},
moves of tests/desk/ticket_room; then counts what the citizen is told of them.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from desk.counter import open_counter
from desk.settings import Settings
from tests.assistant import Assistant, Citizen, words
from tests.desk.ticket_room import AGENT, STRAIGHT

_FOLDER = Path(__file__).parent / "stories"
_KEYS = {"say", "press", "staff", "if_asked", "hear", "never", "buttons", "keep", "code"}
STAFF = {name: (actor, given) for name, actor, given in STRAIGHT}
STAFF["ask"] = (AGENT, {"question": "您是哪天申请的？"})
_ASKED_BACK = re.compile("您(?:是不是|是)想问")


def _stories() -> list[Any]:
    found = []
    for path in sorted(_FOLDER.glob("*.yml")):
        for story in YAML(typ="safe").load(path):
            found.append(pytest.param(story, id=f"{path.stem}: {story['story']}"))
    return found


@pytest.mark.model
@pytest.mark.parametrize("story", _stories())
def test_story(story: dict[str, Any], citizen: Citizen, assistant: Assistant) -> None:
    kept: dict[str, str] = {}
    for number, turn in enumerate(story["turns"], start=1):
        assert set(turn) <= _KEYS, f"turn {number} has unknown keys"
        if "staff" in turn:
            heard = words(_staff_work(turn["staff"], kept["number"], citizen, assistant))
        elif "say" in turn:
            heard = words(citizen.say(turn["say"].format(**kept, **_code(citizen, turn))))
        else:
            heard = words(citizen.press(turn["press"]))
        if "if_asked" in turn and _ASKED_BACK.search(heard):
            heard = words(citizen.press(turn["if_asked"]))
        where = f"turn {number} ({turn.get('say') or turn.get('press')})\nheard: {heard}"
        for piece in turn.get("hear", []):
            assert piece.format(**kept) in heard, f"{piece!r} is missing in {where}"
        for piece in turn.get("never", []):
            assert piece not in heard, f"{piece!r} stands in {where}"
        for title in turn.get("buttons", []):
            assert any(b.startswith(title) for b in citizen.buttons), f"no button {title!r} in {where}"
        for name, pattern in turn.get("keep", {}).items():
            match = re.search(pattern, heard)
            assert match, f"{pattern!r} finds nothing in {where}"
            kept[name] = match[0]


def _staff_work(
    moves: list[str], number: str, citizen: Citizen, assistant: Assistant
) -> list[dict[str, Any]]:
    """Make the moves in the assistant's own database; return what the citizen was told of them."""
    tickets = open_counter(Settings.from_env(assistant.environment)).tickets
    before = citizen.history()[-1]["seq"]
    for name in moves:
        actor, given = STAFF[name]
        tickets.move(number, name, actor, tickets.read(number).version, given)
    told = [message for message in citizen.history() if message["seq"] > before]
    citizen.buttons = {b["title"]: b["token"] for message in told for b in message["buttons"]}
    return told


def _code(citizen: Citizen, turn: dict[str, Any]) -> dict[str, str]:
    """The newest one-time code that the demo's SMS box shows, for turns that say {code}."""
    if "{code}" not in turn["say"]:
        return {}
    sms = [m["text"] for m in citizen.history() if m["kind"] == "demo_sms"]
    match = re.search(r"(?<!\d)\d{6}(?!\d)", sms[-1])
    assert match, sms
    return {"code": match[0]}


def test_there_are_at_least_sixty_stories() -> None:
    assert len(_stories()) >= 60


def test_each_person_of_the_demo_is_looked_up_in_one_file() -> None:
    """A code goes out once a minute, and stories and pages may share one assistant."""
    here = Path(__file__).parent
    tested = [*_FOLDER.glob("*.yml"), *(here / "browser").glob("*.py")]
    with (here.parent / "data" / "demo" / "claims.csv").open(encoding="utf-8") as rows:
        names = [row["姓名"] for row in csv.DictReader(rows)]
    texts = [path.read_text(encoding="utf-8") for path in tested]
    assert [name for name in names if sum(name in text for text in texts) > 1] == []
