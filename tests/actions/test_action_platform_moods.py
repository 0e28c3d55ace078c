"""Two people ask for their claims while the platform fails in every way there is, one after another."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

from desk.claims.breaker import FAILURES, REST_SECONDS, Breaker
from desk.claims.platform import Platform
from desk.counter import Counter, open_counter
from desk.identity import Codes, DemoSms
from desk.sealing import derive
from desk.settings import Settings
from tests.actions.dialogue import Dialogue
from tests.desk.databases import migrated
from tests.desk.platform_room import LIMITS, MODES, Seconds
from tests.fakes.clock import Clock
from tests.fakes.people import KNOWN, NAME, NOBODY, UNKNOWN
from tests.fakes.platform import FakePlatform
from tests.faults.rounds import rounds
from tests.gateway.door import ROOT

START = "action_claim_start"
# Whose conversation: number, name, and the office of the claim, which the answer shows.
_OFFICES = {"web-a": 2, "web-b": 5}
_OWN = {
    "web-a": (KNOWN, NAME, "五华区就业局失业保险科"),
    "web-b": (UNKNOWN, NOBODY, "西山区就业局失业保险科"),
}
_MOODS = (*MODES, "wrong_claim", "gone", "")
_NEAR = ("", "wrong_claim", "wrong_claim") * 4  # what comes closest to showing something
# What a citizen has to hear: what happened, that it is not his fault, what still works, and whom to call.
_TOLD = ("没能从省里", "不是您填错", "投诉都照常", "就业彩云南", "12333")
# Failures that say something of one record and nothing of the platform.
_OF_ONE = {"schema", "duplicate"}


class Moods:
    """Conversations over the real platform client, with a breaker on a clock; what became of each enquiry."""

    def __init__(self, var: Path, fake: FakePlatform, chance: Random) -> None:
        self.fake, self.chance, self.clock, self.day = fake, chance, Seconds(), Clock()
        self.there, self.moods, self.turns = True, _MOODS, count()
        for person, row in zip(fake.people, _OFFICES.values(), strict=True):
            person.claims[0]["office"] = row
        self.counter = counter = _counter(var, fake, self.clock, self.day)
        assert [counter.offices.by_row(row).name for row in _OFFICES.values()] == [
            o for *_, o in _OWN.values()
        ]
        self.outcomes: list[tuple[float, str]] = []
        counter.claims_health.watch(lambda outcome, _: self.outcomes.append((self.clock.now, outcome)))

    def change(self, mood: str) -> None:
        """Let the platform be in another mood, and sometimes some time pass."""
        self.fake.mode = "" if mood == "gone" else mood
        if mood == "gone" and self.there:
            self.fake.stop()
        elif mood != "gone" and not self.there:
            self.fake.start()
        self.there = mood != "gone"
        if self.chance.random() < 0.4:
            self.clock.now += self.chance.choice([1.0, REST_SECONDS])

    def ask(self, who: str) -> bool:
        """Ask for the claim in a new conversation, from the number to the code; whether it was shown."""
        self.day.pass_by(hours=25)  # so that nobody has asked for too many codes
        number, name, own = _OWN[who]
        talk, before = Dialogue(self.counter, f"{who}-{next(self.turns)}"), len(self.outcomes)
        talk.say("查进度", "status", to=START)
        talk.say(number)
        heard = talk.say(name)
        if talk.form:
            _judge(who, heard)
            self.change(self.chance.choice((*self.moods, *_NEAR[: len(self.moods) - 1])))
            heard = talk.say(talk.code())
        _judge(who, heard)
        failed = {outcome for _, outcome in self.outcomes[before:]} - {"ok", "absent"}
        assert ("没能从省里" in heard) == bool(failed), (failed, heard)
        assert failed or own in heard, heard
        return not failed


def test_nobody_sees_anything_of_anybody_else_and_everybody_hears_what_to_do(
    tmp_path: Path, platform: FakePlatform
) -> None:
    for number, chance in enumerate(rounds()):
        (tmp_path / str(number)).mkdir()
        room = Moods(tmp_path / str(number), platform, chance)
        for mood in chance.sample(_MOODS, len(_MOODS)):
            room.change(mood)
            room.ask(chance.choice(list(_OWN)))
        room.change("")
        room.clock.now += REST_SECONDS
        room.moods = ("",)
        assert all(room.ask(who) for who in _OWN)
        _held_back_after_five(room.outcomes)


def _judge(who: str, heard: str) -> None:
    """Whatever the platform answered, these words are for this person."""
    number = _OWN[who][0]
    for other, (others_number, others_name, others) in _OWN.items():
        if other != who:
            assert others not in heard and others_number not in heard and others_name not in heard
    assert number not in heard
    if "没能从省里" in heard:
        assert "办到哪一步" not in heard, "an old state is no answer"
        assert all(told in heard for told in _TOLD), heard


def _held_back_after_five(outcomes: list[tuple[float, str]]) -> None:
    """Five failures in a row, then nobody goes there until the rest is over, and then one alone."""
    failures, opened_at = 0, 0.0
    for at, outcome in outcomes:
        resting = failures >= FAILURES and at - opened_at < REST_SECONDS
        assert (outcome == "open") == resting, (outcome, failures, at - opened_at)
        if outcome in {"ok", "absent", *_OF_ONE}:
            failures = 0
        elif outcome != "open":
            failures += 1
            opened_at = at if failures >= FAILURES else opened_at


def _counter(var: Path, fake: FakePlatform, clock: Seconds, day: Clock) -> Counter:
    settings = Settings.from_env({"DESK_VAR": str(var), "DESK_DATA": str(ROOT / "data")})
    migrated(settings.database_url)
    counter = open_counter(settings)
    offices = [office.row for office in counter.offices.all()]
    source = Platform(fake.settings(), offices, counter.claims_health, Breaker(clock), LIMITS)
    key = derive(settings.secret, "identity")
    codes = Codes(counter.engine, key, DemoSms(counter.engine), source, day)
    return replace(counter, claims=source, codes=codes)
