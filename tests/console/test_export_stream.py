from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from desk.tickets.export import TOO_MANY
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import recorded
from tests.fakes.exports import PIECE, TAKEN

Exporting = Callable[[str], StaffMember]
_PATIENCE = 20.0


@pytest.fixture
def exporting(busy: StaffDoor) -> Iterator[Exporting]:
    """A supervisor at a console over the same tickets whose export is one of `tests.fakes.exports`."""
    doors: list[StaffDoor] = []

    def start(kind: str) -> StaffMember:
        door = StaffDoor(busy.var)
        door.program = ("tests.fakes.exports", kind)
        door.start()
        doors.append(door)
        member = busy.signed_in(Role.SUPERVISOR)
        member.url = door.url
        return member

    yield start
    for door in doors:
        door.kill()


def downloaded(member: StaffMember) -> requests.Response:
    """The answer with its head alone: the rest is taken piece by piece."""
    member.post("/export")  # for the token
    form = {"format": "csv", "reason": "汇报"}
    headers = {"x-csrf": member._csrf}
    return member.http.post(f"{member.url}/export", data=form, headers=headers, stream=True, timeout=20)


def test_a_file_is_read_as_it_is_taken_and_no_further_once_the_browser_has_gone(
    busy: StaffDoor, exporting: Exporting
) -> None:
    answer = downloaded(exporting("endless"))
    pieces, noted = answer.iter_content(len(PIECE)), busy.var / TAKEN
    for _ in range(3):
        assert next(pieces)
    assert not noted.exists()
    answer.close()
    deadline = time.monotonic() + _PATIENCE
    while not noted.exists() or not noted.read_text():
        assert time.monotonic() < deadline, "the file is still being read"
        time.sleep(0.05)
    assert int(noted.read_text()) < 30


def test_a_file_that_broke_off_does_not_pass_for_a_whole_one(exporting: Exporting) -> None:
    answer = downloaded(exporting("broken"))
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert answer.content


def test_too_many_rows_are_told_before_anything_is_sent(busy: StaffDoor, exporting: Exporting) -> None:
    member = exporting("small")
    for code in ("csv", "xlsx"):
        answer = member.post("/export", format=code, reason="汇报")
        assert answer.status_code == 422 and TOO_MANY in answer.text
        assert "content-disposition" not in answer.headers
    acts = recorded(busy, member, "tickets_exported")
    assert [act.result for act in acts] == ["too_many_rows", "too_many_rows"]
