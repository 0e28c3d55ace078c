"""What an agent reads of a conversation of which something was filed that is kept from him."""

from __future__ import annotations

import pytest

from desk.tickets import Complaint, Kind, Ticket
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.live_line import held, says
from tests.console.ticket_desk import arrived

SECRET, OPEN = "有人冒领失业金，就是隔壁的", "我自己的失业金还没到"
KEPT = ({"kind": Kind.REPORT}, {"anonymous": True}, {"tags": ("sensitive",)})


@pytest.fixture
def agent(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.AGENT)


def filed(console: StaffDoor, sender: str, words: str, **more: object) -> Ticket:
    complaint = Complaint(**{"kind": Kind.COMPLAINT, "narrative": words, "category": "overdue", **more})  # type: ignore[arg-type]
    return console.counter.tickets.open(complaint, f"{sender}:{words}", sender, "web")


@pytest.mark.parametrize("kept", KEPT)
def test_what_was_said_of_a_hidden_ticket_is_not_read_with_the_next(
    console: StaffDoor, agent: StaffMember, kept: dict[str, object]
) -> None:
    sender = f"web-talk-{next(iter(kept))}"
    says(console, sender, SECRET)
    filed(console, sender, SECRET, **kept)
    says(console, sender, OPEN)
    ticket = filed(console, sender, OPEN)
    page = agent.get(f"/tickets/{ticket.id}/conversation").text
    assert OPEN in page and SECRET not in page
    supervisor = arrived(console, Role.SUPERVISOR)
    assert SECRET in supervisor.get(f"/tickets/{ticket.id}/conversation").text


@pytest.mark.parametrize("kept", KEPT)
def test_who_takes_a_conversation_over_does_not_get_what_is_kept_from_him(
    console: StaffDoor, agent: StaffMember, kept: dict[str, object]
) -> None:
    sender = f"web-live-{next(iter(kept))}"
    says(console, sender, SECRET)
    hidden = filed(console, sender, SECRET, **kept)
    shown = filed(console, sender, OPEN)
    held(console, agent, OPEN, sender=sender)
    for part in ("", "/new?after=0", "/beside"):
        answer = agent.get(f"/live/{sender}{part}")
        assert answer.status_code == 200
        assert SECRET not in answer.text and hidden.public_no not in answer.text
    assert shown.public_no in agent.get(f"/live/{sender}/beside").text
    assert OPEN in agent.get(f"/live/{sender}").text
    assert SECRET not in agent.post(f"/live/{sender}/form", htmx=True).text


def test_a_report_filed_while_one_talks_takes_nothing_away(console: StaffDoor, agent: StaffMember) -> None:
    sender = held(console, agent, SECRET)
    filed(console, sender, SECRET, kind=Kind.REPORT)
    assert SECRET in agent.get(f"/live/{sender}").text


def test_a_place_in_the_talk_that_no_number_can_be_is_the_beginning(
    console: StaffDoor, agent: StaffMember
) -> None:
    sender = held(console, agent, OPEN)
    assert OPEN in agent.get(f"/live/{sender}/new?after={'9' * 30}").text
