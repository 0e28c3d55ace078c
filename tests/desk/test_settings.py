from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk.errors import DataFault
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


def test_the_secret_is_made_once_and_is_nobody_else_s_to_read(tmp_path: Path) -> None:
    var = tmp_path / "new" / "var"
    first = settings(var)
    kept = var / "secret.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(first.secret) == 32
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
    assert settings(tmp_path, DESK_SECRET=base64.b64encode(secret).decode()).secret == secret
    assert os.listdir(tmp_path) == []


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
    assert repr(found.secret) not in shown


def test_no_two_purposes_share_a_key(tmp_path: Path) -> None:
    secret = settings(tmp_path).secret
    keys = {derive(secret, purpose) for purpose in ("inbox", "vault", "session", "button", "loopback")}
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)
    assert derive(secret, "inbox") == derive(secret, "inbox")


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        settings(tmp_path).demo = False  # type: ignore[misc]
