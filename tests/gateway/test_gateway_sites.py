"""Another site's page must not speak for a citizen, end his conversation, or show this one in a frame."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.gateway.door import Door


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://other.example"},
        {"origin": "https://other.example"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/api/messages", "/api/session/end"])
def test_a_page_of_another_site_changes_nothing(door: Door, path: str, headers: dict[str, str]) -> None:
    answer = requests.post(f"{door.url}{path}", json={"id": "1", "text": "你好"}, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert answer.json()["error"]["code"] == "other_site"


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}])
def test_our_page_and_programs_may_end_a_conversation(door: Door, headers: dict[str, str]) -> None:
    assert requests.post(f"{door.url}/api/session/end", headers=headers, timeout=10).status_code == 204


def test_an_old_browser_says_the_origin_alone(door: Door) -> None:
    answer = requests.post(f"{door.url}/api/session/end", headers={"origin": door.url}, timeout=10)
    assert answer.status_code == 204


def test_no_page_shows_this_one_in_a_frame(door: Door) -> None:
    assert requests.get(door.url, timeout=10).headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/static/", "/static/a%00b"])
def test_a_file_that_cannot_be_is_not_found(door: Door, path: str) -> None:
    assert requests.get(f"{door.url}{path}", timeout=10).status_code == 404


def test_behind_tls_no_other_host_can_set_the_cookie(tmp_path: Path) -> None:
    door = Door(tmp_path, DESK_SECURE_COOKIE="1")
    door.start()
    try:
        answer = requests.post(f"{door.url}/api/session/end", timeout=10)
    finally:
        door.kill()
    assert answer.headers["set-cookie"].startswith("__Host-desk_session=")
    assert "max-age=" in answer.headers["strict-transport-security"]
