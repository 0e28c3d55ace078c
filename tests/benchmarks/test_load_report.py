from __future__ import annotations

import argparse
import random
from string import Formatter

from tests.benchmarks.crowding import Watched
from tests.benchmarks.installation import Taken
from tests.benchmarks.load_report import Report, growth, lines
from tests.benchmarks.talks import Words
from tests.benchmarks.visitor import Told

GIVEN = argparse.Namespace(minutes=4, citizens=2, think=5, burst=3, postgresql=False, out="")


def watched(*told: Told, megabytes: tuple[float, ...] = (100, 100, 100, 102)) -> Watched:
    """A load of four minutes with a sample in each of them."""
    samples = [(60.0 * n, {"gateway": Taken(mb, n)}, 1.0) for n, mb in enumerate((90, *megabytes))]
    return Watched(list(told), [0.5, 0.6], samples)


def answered(*seconds: float, channel: str = "web") -> list[Told]:
    return [Told(channel, 1000.0 + n, each, each) for n, each in enumerate(seconds)]


def report(talks: Watched, crowd: Watched, *breaches: str) -> Report:
    return Report(GIVEN, talks, crowd, list(breaches), [])


def missed(found: Report) -> set[str]:
    return {name for name, _, _, met in found.rows if not met}


GOOD = watched(*answered(*[0.5] * 50))
CROWD = watched(*answered(1.0, 2.0), *answered(3.0, channel="wechat"))


def test_a_load_that_was_held_is_said_to_be() -> None:
    found = report(GOOD, CROWD)
    assert found.held
    assert "NOT MET" not in "\n".join(lines(found))


def test_slowness_faults_growth_and_breaches_are_each_missed() -> None:
    assert missed(report(watched(*answered(*[0.5] * 40, *[2.0] * 10)), CROWD)) == {"answer p95, s"}
    faulty = watched(*answered(*[0.5] * 50), Told("web", 1.0, 0.5, 0.5, "系统暂时繁忙"))
    assert missed(report(faulty, CROWD)) == {"errors"}
    grown = watched(*answered(*[0.5] * 50), megabytes=(100, 100, 103, 106))
    assert missed(report(grown, CROWD)) == {"memory of gateway, growth %"}
    assert missed(report(GOOD, CROWD, "ticket 1")) == {"breaches of the tables"}


def test_silence_and_lateness_in_the_burst_are_missed() -> None:
    silent = watched(*answered(1.0, 2.0), Told("wechat", 1000.0, None, 4.5, "silence"))
    assert missed(report(GOOD, silent)) == {"burst: errors", "burst: silent"}
    late = watched(*answered(1.0, 2.0), *answered(70.0, channel="wechat"))
    assert missed(report(GOOD, late)) == {
        "burst: the last sign to anybody after, s",
        "burst: drained after, s",
    }


def test_memory_is_compared_with_the_second_minute_and_not_with_the_start() -> None:
    assert round(growth(GOOD)["gateway"], 3) == 0.02


def test_every_line_of_a_talk_is_whole_but_for_the_code() -> None:
    words = Words(random.Random(1))
    said = [line for _ in range(300) for line in words.talk()] + [words.burst() for _ in range(100)]
    assert {name for line in said for _, name, _, _ in Formatter().parse(line)} == {None, "code"}
