from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from desk.errors import NotAllowed
from desk.tickets import guards
from desk.tickets.record import Ticket
from desk.tickets.terms import OPEN
from desk.tickets.wording import refusal
from desk.tickets.workflow import (
    MOVES,
    Actor,
    Kind,
    Resolution,
    Role,
    Scene,
    State,
    check,
    move_named,
)
from tests.desk.ticket_table import (
    GIVEN,
    NOON,
    SCENE,
    TODAY,
    allowed,
    ready,
    refused,
    ticket,
)


def test_nothing_leads_out_of_an_end_but_reopening() -> None:
    over = set(State) - OPEN
    assert {move.name for move in MOVES if move.sources & over} == {"reopen"}


def test_a_ticket_without_a_reply_is_never_closed() -> None:
    for role in (Role.CITIZEN, Role.AGENT, Role.SUPERVISOR, Role.SYSTEM):
        assert refused("close", ticket("replied"), role) == "no_reply"


def test_silence_is_never_a_good_mark() -> None:
    on = ticket("replied", reply_text="已补发。")
    assert refused("close", on, Role.SYSTEM) == "silence_is_no_verdict"
    assert refused("close", on, Role.CITIZEN, {"solved": "unrated"}) == "unknown_verdict"
    allowed("close", on, Role.SYSTEM, {"solved": "unrated"})


def test_an_unanswered_follow_up_is_closed_only_after_the_wait_or_three_tries() -> None:
    on, early = ticket("replied", reply_text="已补发。"), replace(SCENE, verdict_until=TODAY)
    for tries in range(3):
        called = replace(on, contact_tries=tries)
        assert refused("close", called, Role.AGENT, {"solved": "unrated"}, early) == "too_early"
    allowed("close", replace(on, contact_tries=3), Role.AGENT, {"solved": "unrated"}, early)
    assert refused("close", on, Role.SYSTEM, {"solved": "unrated"}, early) == "too_early"


def test_a_no_is_not_closed_over_the_citizens_head() -> None:
    on = ticket("replied", reply_text="已补发。", round=2, solved="no")
    assert refused("close", on, Role.SYSTEM, {"solved": "unrated"}) == "supervisor_decides"
    assert refused("close", on, Role.AGENT, {"solved": "no"}) == "supervisor_decides"
    assert refused("close", on, Role.SUPERVISOR, {"solved": "no"}) == "supervisor_decides"
    allowed("close", on, Role.SUPERVISOR, {"solved": "no", "reason": "政策已经说明"})


def test_the_first_redo_goes_by_itself_and_the_second_to_the_supervisor() -> None:
    allowed("redo", ticket("replied"), Role.CITIZEN)
    assert refused("redo", ticket("replied", round=2), Role.CITIZEN) == "supervisor_decides"
    allowed("redo", ticket("replied", round=2), Role.SUPERVISOR)
    assert refused("object", ticket("replied"), Role.CITIZEN) == "redo_first"


def test_a_dispatch_is_disputed_once_and_never_after_the_ruling() -> None:
    assert refused("dispute", ticket("dispatched", disputes=1), Role.HANDLER) == "disputed_before"
    assert refused("dispute", ticket("dispatched", final_assign=True), Role.HANDLER) == "disputed_before"


def test_a_unit_works_only_on_its_own_tickets() -> None:
    for move, state in (
        ("sign", "dispatched"),
        ("dispute", "dispatched"),
        ("reply", "in_progress"),
        ("restart", "redo"),
    ):
        assert refused(move, ticket(state, unit_main="西山区"), Role.HANDLER) == "other_unit"
        with pytest.raises(NotAllowed):
            check(
                move_named(move), ticket(state, unit_main=""), Actor(Role.HANDLER, "h1"), GIVEN[move], SCENE
            )


def test_no_ticket_goes_to_those_it_complains_about() -> None:
    for move, state in (("accept", "submitted"), ("dispatch", "accepted"), ("rule", "disputed")):
        unit = GIVEN[move]["unit_main"]
        assert refused(move, ticket(state, accused_unit=unit), min(move_named(move).who)) == "accused"
    assisted = {"unit_main": "五华区", "units_assist": ["西山区"]}
    assert refused("dispatch", ticket("accepted", accused_unit="西山区"), Role.AGENT, assisted) == "accused"
    assert refused("sign", ticket("dispatched", accused_person="h1"), Role.HANDLER) == "accused"
    on = ticket("dispatched", accused_person="h2")
    assert refused("sign", on, Role.HANDLER, {"assignee": "h2"}) == "accused"


def test_a_report_is_not_withdrawn() -> None:
    assert refused("withdraw", replace(ticket(), kind=Kind.REPORT), Role.CITIZEN) == "report_stays"
    assert "不能撤回" in refusal("report_stays")


def test_a_ticket_merges_only_into_another_open_one() -> None:
    itself = replace(SCENE, target=ticket())
    closed = replace(SCENE, target=Ticket(Kind.HELP, "x", id="b", state=State.CLOSED))
    assert refused("merge", ticket(), Role.SUPERVISOR, scene=itself) == "no_target"
    assert refused("merge", ticket(), Role.SUPERVISOR, scene=closed) == "target_closed"
    assert refused("merge", ticket(), Role.SUPERVISOR, scene=Scene(TODAY)) == "no_target"


def test_a_citizen_reopens_within_thirty_days_and_a_supervisor_later() -> None:
    late = replace(SCENE, reopen_until=date(2026, 11, 22))
    assert refused("reopen", ticket("closed"), Role.CITIZEN, scene=late) == "too_late"
    allowed("reopen", ticket("closed"), Role.SUPERVISOR, scene=late)


def test_an_open_question_is_taken_back_only_after_the_wait() -> None:
    waiting = replace(SCENE, answer_until=TODAY)
    assert refused("resume", ticket("need_info"), Role.AGENT, scene=waiting) == "too_early"


def test_a_reply_and_a_refusal_use_the_listed_codes() -> None:
    on = ticket("in_progress")
    for code in ("perfect", "withdrawn", "repeated"):
        assert (
            refused("reply", on, Role.HANDLER, {**GIVEN["reply"], "resolution": code}) == "unknown_resolution"
        )
    unreachable = {**GIVEN["reply"], "resolution": "unreachable"}
    assert refused("reply", replace(on, contact_tries=2), Role.HANDLER, unreachable) == "too_few_tries"
    allowed("reply", replace(on, contact_tries=3), Role.HANDLER, unreachable)
    assert refused("reject", ticket(), Role.AGENT, {"reason": "x", "channel_text": "y"}) == "unknown_reason"
    assert len({each.label for each in Resolution}) == 8


def test_an_extension_is_asked_for_once_and_in_time() -> None:
    on, late = ready(move_named("ask_extension"), State.IN_PROGRESS), replace(SCENE, today=date(2026, 11, 24))
    for state in ("asked", "approved", "refused"):
        assert refused("ask_extension", replace(on, extension_state=state), Role.HANDLER) == "extended_before"
    for days in (0, 11, "3", True, 2.5):
        given = {"reason": "等银行", "days": days}
        assert refused("ask_extension", on, Role.HANDLER, given) == "days"
    assert refused("ask_extension", on, Role.HANDLER, scene=late) == "past_due"
    for move in ("approve_extension", "refuse_extension"):
        assert refused(move, on, Role.SUPERVISOR) == "not_asked"
        assert refused(move, replace(on, extension_state="asked"), Role.SUPERVISOR, scene=late) == "past_due"
        assert refused(move, replace(on, extension_state="refused"), Role.SUPERVISOR) == "not_asked"


def test_what_is_dispatched_is_not_classified_anew() -> None:
    assert refused("classify", ticket("accepted", dispatched_at=NOON), Role.AGENT) == "dispatched_before"
    for given, reason in (
        ({"reason": "x"}, "nothing_changed"),
        ({"reason": "x", "kind": "spam"}, "unknown_kind"),
        ({"reason": "x", "priority": 7}, "priority"),
    ):
        assert refused("classify", ticket(), Role.AGENT, given) == reason


def test_tags_and_calls_have_listed_codes() -> None:
    assert refused("tag", ticket(), Role.AGENT, {"tag": "vip"}) == "unknown_tag"
    assert refused("tag", ticket(tags=("stuck",)), Role.AGENT) == "tagged_before"
    assert refused("untag", ticket(), Role.AGENT) == "not_tagged"
    assert refused("contact", ticket(), Role.AGENT, {"way": "pigeon", "reached": True}) == "unknown_way"
    assert refused("contact", ticket(), Role.AGENT, {"way": "phone", "reached": "yes"}) == "reached"


@pytest.mark.parametrize("accused", ["五华区", "五华区就业局失业保险科"])
def test_whoever_is_accused_never_gets_the_ticket(accused: str) -> None:
    """Each way in which a ticket, or one merged into it, comes to a unit or a person."""
    of_child = replace(SCENE, children=(ticket(accused_unit=accused, accused_person="h1"),))
    for on_it, scene in (({"accused_unit": accused}, SCENE), ({}, of_child)):
        to = {"unit_main": "五华区"}
        for move, state, given in (
            ("accept", "submitted", {**GIVEN["accept"], **to}),
            ("dispatch", "accepted", to),
            ("dispatch", "accepted", {"unit_main": "西山区", "units_assist": ["五华区"]}),
            ("rule", "disputed", {**GIVEN["rule"], **to}),
            ("assist", "redo", {"units_assist": ["五华区"]}),
        ):
            on = ticket(state, **{**on_it, "unit_main": "西山区"})
            assert refused(move, on, min(move_named(move).who), given, scene) == "accused"
        for move in (each for each in MOVES if each.may in (guards.own_unit, guards.dispute_once)):
            for state in move.sources:
                assert refused(move.name, ticket(state, **on_it), Role.HANDLER, scene=scene) == "accused"
    for move, state in (("sign", "dispatched"), ("restart", "redo")):
        on = ticket(state, accused_person="h2")
        assert refused(move, on, Role.HANDLER, {"assignee": "h2"}) == "accused"
        named = Actor(Role.HANDLER, "h1", "五华区", name="张某")
        with pytest.raises(NotAllowed):
            check(move_named(move), ticket(state, accused_person="张某"), named, {"assignee": "h1"}, SCENE)


def test_a_complaint_is_not_merged_into_the_hands_of_those_it_accuses() -> None:
    for held in ({"unit_main": "盘龙区"}, {"units_assist": ("盘龙区",)}, {"assignee": "h9"}):
        scene = replace(SCENE, target=replace(ticket("in_progress", **held), id="b"))
        on = ticket(accused_unit="盘龙区", accused_person="h9")
        assert refused("merge", on, Role.SUPERVISOR, scene=scene) == "accused"


def test_what_others_were_merged_into_stays() -> None:
    joined = replace(SCENE, children=(ticket(),))
    assert refused("merge", ticket(), Role.SUPERVISOR, scene=joined) == "has_children"
    assert refused("withdraw", ticket(), Role.CITIZEN, scene=joined) == "others_joined"


def test_units_are_those_that_there_are() -> None:
    scene = replace(SCENE, units=frozenset(["五华区", "西山区"]))
    allowed("dispatch", ticket("accepted"), Role.AGENT, scene=scene)
    for given, reason in (
        ({"unit_main": "五华局"}, "unknown_unit"),
        ({"unit_main": "五华区", "units_assist": ["五华区"]}, "main_assists"),
        ({"unit_main": "五华区", "units_assist": "西山区"}, "units"),
    ):
        assert refused("dispatch", ticket("accepted"), Role.AGENT, given, scene) == reason


def test_attention_is_called_once_a_level_and_for_a_verdict_three_times() -> None:
    assert refused("escalate", ticket(escalation=2), Role.SYSTEM) == "too_early"
    assert refused("escalate", ticket(), Role.SYSTEM, {"level": 3}) == "too_early"
    assert refused("ask_verdict", ticket("replied", verdict_tries=3), Role.SYSTEM) == "asked_enough"
    assert refused("ask_verdict", ticket("replied", solved="no"), Role.SYSTEM) == "supervisor_decides"
