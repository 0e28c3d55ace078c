"""How the page's files reach a phone: few bytes, all named at once, and never a second time."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from bot.gateway.files import Files
from bot.gateway.web import PAGES
from tests.gateway.door import Door


def named(door: Door) -> list[str]:
    """Every file that the page names, by its address."""
    return re.findall(r'"(/static/[^"]+)"', requests.get(f"{door.url}/", timeout=10).text)


def test_the_page_names_every_file_so_that_none_is_found_late(door: Door) -> None:
    wanted = {path.name for path in PAGES.iterdir()} - {"index.html"}
    assert {address.rpartition("/")[2] for address in named(door)} == wanted


def test_a_file_at_its_versions_address_is_kept_for_good(door: Door) -> None:
    for address in named(door):
        answer = requests.get(door.url + address, timeout=10)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.content == (PAGES / address.rpartition("/")[2]).read_bytes()
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_at_an_older_address_the_present_file_comes_and_is_not_kept(door: Door) -> None:
    for address in ("/static/chat.js", "/static/000000000000/chat.js"):
        answer = requests.get(door.url + address, timeout=10)
        assert answer.content == (PAGES / "chat.js").read_bytes()
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"].endswith("javascript; charset=utf-8")


def test_the_page_with_all_its_files_is_small_on_the_wire(door: Door) -> None:
    sent = 0
    for address in ("/", *named(door)):
        answer = requests.get(
            door.url + address, headers={"accept-encoding": "gzip"}, stream=True, timeout=10
        )
        assert answer.headers["content-encoding"] == "gzip"
        sent += int(answer.headers["content-length"])
    assert sent < 30_000


def test_who_takes_no_compression_gets_none(door: Door) -> None:
    answer = requests.get(f"{door.url}/", headers={"accept-encoding": "identity"}, timeout=10)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "accept-encoding"


def test_a_page_that_has_not_changed_is_not_sent_again(door: Door) -> None:
    first = requests.get(f"{door.url}/", timeout=10)
    again = requests.get(f"{door.url}/", headers={"if-none-match": first.headers["etag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_itself_is_at_one_address_only(door: Door) -> None:
    assert requests.get(f"{door.url}/static/index.html", timeout=10).status_code == 404


def test_another_content_of_any_file_is_another_version(tmp_path: Path) -> None:
    for name, text in (("index.html", '<script src="/static/a.js">'), ("a.js", "1")):
        (tmp_path / name).write_text(text)
    before = Files(tmp_path).version
    (tmp_path / "a.js").write_text("2")
    assert Files(tmp_path).version != before
