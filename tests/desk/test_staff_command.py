from __future__ import annotations

from pathlib import Path

import pytest

from desk.database import open_database
from desk.errors import NotAllowed
from desk.settings import Settings, derive
from desk.staff import Accounts, Sessions
from desk.staff.__main__ import main
from desk.tickets.terms import Role


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    return Settings.from_env()


def rooms(settings: Settings) -> tuple[Accounts, Sessions]:
    engine = open_database(settings.database_url)
    accounts = Accounts(engine, derive(settings.secret, "staff"), demo=settings.demo)
    return accounts, Sessions(engine, accounts, derive(settings.secret, "sessions"))


def password_in(out: str) -> str:
    return out.split("临时密码：")[1].split()[0]


def test_the_first_operator_is_made_once_and_can_sign_in(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin"]) == 0
    password = password_in(capsys.readouterr().out)
    accounts, sessions = rooms(settings)
    assert [(each.login, each.role) for each in accounts.all()] == [("admin", Role.OPERATOR)]
    assert sessions.begin("admin", password, "").step == "enrol"
    assert main(["admin", "another"]) == 1
    assert "已经有运维账号 admin" in capsys.readouterr().out
    assert len(accounts.all()) == 1


def test_a_demo_operator_is_no_first_operator() -> None:
    assert main(["demo"]) == 0
    assert main(["admin"]) == 0


def test_the_demo_is_refused_outside_the_demo(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("DESK_DEMO", "0")
    assert main(["demo"]) == 1
    assert rooms(settings)[0].all() == []


def test_accounts_are_made_listed_and_reset(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["create", "zhaoli", "--role", "handler", "--name", "赵丽", "--unit", "五华区"]) == 0
    first = password_in(capsys.readouterr().out)
    assert main(["list"]) == 0
    assert "zhaoli  赵丽  承办  五华区" in capsys.readouterr().out
    assert main(["reset", "zhaoli"]) == 0
    second = password_in(capsys.readouterr().out)
    _, sessions = rooms(settings)
    with pytest.raises(NotAllowed):
        sessions.begin("zhaoli", first, "")
    assert sessions.begin("zhaoli", second, "").step == "change_password"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["create", "x", "--role", "agent"], "登录名应为"),
        (["create", "zhaoli", "--role", "handler"], "要写单位"),
        (["reset", "nobody"], "没有账号 nobody"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_sentence(
    line: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == 1
    assert told in capsys.readouterr().out


def test_a_login_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["create", "zhaoli", "--role", "agent"]) == 0
    assert main(["create", "ZhaoLi", "--role", "agent"]) == 1
    assert "已经有人用" in capsys.readouterr().out
