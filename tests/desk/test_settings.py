from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.sealing import Keys
from desk.settings import Settings, derive


def settings(var: Path, **given: str) -> Settings:
    return Settings.from_env({"DESK_VAR": str(var), **given})


def faults(var: Path, **given: str) -> list[str]:
    with pytest.raises(DataFault) as raised:
        settings(var, **given)
    return raised.value.faults


def test_without_any_variable_the_demo_runs_on_this_machine_alone(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.host, found.gateway_port, found.rasa_port, found.actions_port) == (
        "127.0.0.1",
        8080,
        5005,
        5055,
    )
    assert found.region == "kunming"
    assert found.demo
    assert not found.secure_cookie
    assert found.proxies == 0
    assert found.database_url == f"sqlite:///{tmp_path / 'desk.db'}"
    assert found.tracker_url == f"sqlite:///{tmp_path / 'tracker.db'}"


def test_the_secret_is_made_once_and_is_nobody_else_s_to_read(tmp_path: Path) -> None:
    var = tmp_path / "new" / "var"
    first = settings(var)
    kept = var / "secret.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(first.secret.current.material) == 32
    assert settings(var) == first
    assert settings(tmp_path / "other").secret != first.secret


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: settings(tmp_path), range(20)))
    assert len({one.secret for one in found}) == 1
    assert os.listdir(tmp_path) == ["secret.key"]


def test_the_folder_of_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    settings(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_given_secret_is_used_and_none_is_written(tmp_path: Path) -> None:
    secret = bytes(range(32))
    assert settings(tmp_path, DESK_SECRET=base64.b64encode(secret).decode()).secret == Keys.of(secret)
    assert os.listdir(tmp_path) == []


def test_rasa_s_memory_lies_beside_our_tables_on_postgresql_and_where_it_is_told_to(tmp_path: Path) -> None:
    postgres = "postgresql://desk@db/desk"
    assert settings(tmp_path, DESK_DATABASE_URL=postgres).tracker_url == postgres
    assert settings(tmp_path, DESK_DATABASE_URL="sqlite:///else.db").tracker_url.endswith("tracker.db")
    both = {"DESK_DATABASE_URL": postgres, "DESK_TRACKER_URL": "postgresql://desk@db/rasa"}
    assert settings(tmp_path, **both).tracker_url == "postgresql://desk@db/rasa"


def test_rasa_and_actions_are_on_this_machine_unless_others_are_named(tmp_path: Path) -> None:
    here = settings(tmp_path, DESK_RASA_PORT="5006", DESK_ACTIONS_PORT="5056")
    assert (here.rasa_urls, here.actions_urls) == (("http://127.0.0.1:5006",), ("http://127.0.0.1:5056",))
    named = settings(
        tmp_path, DESK_RASA_URLS=" http://a:5005/, https://b ,http://a:5005", DESK_ACTIONS_URL=""
    )
    assert named.rasa_urls == ("http://a:5005", "https://b")
    assert named.actions_urls == ("http://127.0.0.1:5055",)


@pytest.mark.parametrize(
    "url", ["a:5005", "http://", "http://a/webhooks", "http://a:http", "http://u@a", "http://a?x=1"]
)
def test_an_address_of_rasa_is_host_and_port_alone(tmp_path: Path, url: str) -> None:
    (told,) = faults(tmp_path, DESK_RASA_URLS=f"http://b:5005,{url}")
    assert told.startswith("DESK_RASA_URLS: 应是 http://主机:端口")


def test_every_fault_is_told_at_once_with_its_variable(tmp_path: Path) -> None:
    wrong = {
        "DESK_PORT": "http",
        "DESK_RASA_PORT": "0",
        "DESK_ACTIONS_PORT": "65536",
        "DESK_DEMO": "yes",
        "DESK_SECURE_COOKIE": "",
        "DESK_PROXIES": "many",
        "DESK_PASSWORD_PROFILE": "none",
        "DESK_SECRET": "short",
    }
    told = faults(tmp_path, **wrong)
    assert {sentence.split(":")[0] for sentence in told} == set(wrong)
    assert not any("short" in sentence for sentence in told)


@pytest.mark.parametrize("port", ["", " 80", "-1", "²", "8080.0", "1e3"])
def test_a_port_is_a_plain_number(tmp_path: Path, port: str) -> None:
    (told,) = faults(tmp_path, DESK_PORT=port)
    assert told.startswith("DESK_PORT: 端口应是")


def test_two_processes_cannot_have_one_port(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, DESK_PORT="5005")
    assert "不能相同" in told


def test_a_damaged_secret_file_is_named_and_not_written_over(tmp_path: Path) -> None:
    kept = tmp_path / "secret.key"
    kept.write_text("damaged")
    (told,) = faults(tmp_path)
    assert str(kept) in told
    assert kept.read_text() == "damaged"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file stands here")
    (told,) = faults(tmp_path / "var")
    assert told.startswith("DESK_VAR: 不能读写")


def test_secrets_are_not_in_what_is_printed_of_the_settings(tmp_path: Path) -> None:
    found = settings(tmp_path, DESK_SMS_TOKEN="control-75310")
    shown = repr(found)
    assert "control-75310" not in shown
    assert found.loopback_token not in shown
    assert found.secret.current.material.hex() not in shown + repr(found.secret)
    assert str(found.secret.current.material) not in shown + repr(found.secret)


def test_no_two_purposes_share_a_key(tmp_path: Path) -> None:
    secret = settings(tmp_path).secret
    keys = {derive(secret, purpose) for purpose in ("inbox", "vault", "session", "button", "loopback")}
    assert len(keys) == 5
    assert all(len(each.material) == 32 for key in keys for each in key.ring)
    assert derive(secret, "inbox") == derive(secret, "inbox")


def test_former_secrets_come_from_the_variable_or_the_file_and_write_nothing(tmp_path: Path) -> None:
    first, second = (base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2))
    assert settings(tmp_path).secret.ring[2:] == ()
    former = settings(tmp_path, DESK_SECRET_FORMER=f"{first},{second}").secret
    assert former == Keys.of(settings(tmp_path).secret.current.material, [b"\1" * 32, b"\2" * 32])
    assert former.current == settings(tmp_path).secret.current
    (tmp_path / "secret.former").write_text(f"{first}\n{second}\n")
    assert settings(tmp_path).secret == former
    (told,) = faults(tmp_path, DESK_SECRET_FORMER=f"{first},short")
    assert told.startswith("DESK_SECRET_FORMER: ")
    (tmp_path / "secret.former").write_text("short")
    (told,) = faults(tmp_path)
    assert told.startswith(str(tmp_path / "secret.former"))


def test_a_secret_that_is_moved_aside_has_a_successor(tmp_path: Path) -> None:
    before = settings(tmp_path).secret
    (tmp_path / "secret.key").rename(tmp_path / "secret.former")
    after = settings(tmp_path).secret
    assert after.current != before.current and before.current in after.ring


def test_the_profile_of_the_algorithms_is_one_of_two(tmp_path: Path) -> None:
    assert settings(tmp_path).secret.current.profile == "intl"
    assert settings(tmp_path, DESK_CRYPTO="gm").secret.current.profile == "gm"
    (told,) = faults(tmp_path, DESK_CRYPTO="sm4")
    assert told.startswith("DESK_CRYPTO: ")


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        settings(tmp_path).demo = False  # type: ignore[misc]
