from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.platform_settings import PlatformSettings, platform_from_env
from desk.settings import Settings

GIVEN = {
    "DESK_PLATFORM_URL": "https://platform.example/v1/",
    "DESK_PLATFORM_CLIENT_ID": "desk",
    "DESK_PLATFORM_CLIENT_SECRET": "control-75310",
}


def faults(**given: str) -> list[str]:
    told: list[str] = []
    platform_from_env(GIVEN | given, told)
    return told


def test_without_any_of_them_there_is_no_platform() -> None:
    told: list[str] = []
    assert platform_from_env({"DESK_PLATFORM_URL": "", "DESK_PORT": "1"}, told) is None
    assert not told


def test_all_of_them_are_taken_and_the_secret_is_not_printed(tmp_path: Path) -> None:
    (ca := tmp_path / "ca.pem").write_text("x")
    found = platform_from_env(GIVEN | {"DESK_PLATFORM_CA": str(ca)}, [])
    assert found == PlatformSettings("https://platform.example/v1", "desk", "control-75310", ca)
    assert "control-75310" not in repr(found)


@pytest.mark.parametrize("name", GIVEN)
def test_each_that_is_missing_is_named(name: str) -> None:
    (told,) = faults(**{name: ""})
    assert told.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example",
        "http://127.0.0.1.example",
        "http://localhost:1",
        "platform.example",
        "https://",
        "https://user:pass@platform.example",
        "https://platform.example/?a=b",
        "https://platform.example/#a",
        "https://platform.example:port",
        "ftp://127.0.0.1",
    ],
)
def test_an_address_is_https_and_nothing_else(url: str) -> None:
    (told,) = faults(DESK_PLATFORM_URL=url)
    assert told.startswith("DESK_PLATFORM_URL: ") and "user:pass" not in told


def test_this_machine_alone_may_be_reached_without_tls() -> None:
    assert not faults(DESK_PLATFORM_URL="http://127.0.0.1:8443")


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (told,) = faults(DESK_PLATFORM_CA=str(tmp_path / "none.pem"))
    assert str(tmp_path) in told


def test_the_code_of_a_real_person_is_never_shown_on_the_page(tmp_path: Path) -> None:
    var = {"DESK_VAR": str(tmp_path)}
    with pytest.raises(DataFault) as raised:
        Settings.from_env(GIVEN | var)
    (told,) = raised.value.faults
    assert told.startswith("DESK_SMS_URL: ")
    for allowed in ({"DESK_DEMO": "0"}, {"DESK_SMS_URL": "https://sms.example"}):
        assert Settings.from_env(GIVEN | var | allowed).platform
    assert Settings.from_env(GIVEN | var | {"DESK_PLATFORM_URL": "http://127.0.0.1:9"}).platform
