"""Accounts from the command line: `python -m desk.staff admin|create|list|reset|demo`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from desk.audit import Audit
from desk.database import open_database, upgrade
from desk.errors import Conflict, DataFault, DeskError, InvalidInput
from desk.settings import Settings, derive
from desk.staff.accounts import Accounts
from desk.staff.demo import demo_accounts
from desk.staff.permissions import STAFF_ROLES
from desk.staff.person import Staff
from desk.tickets.terms import Role

_FAULTS = {
    "login": "登录名应为 2 到 32 个字母、数字、汉字或 . _ -，不能是手机号、身份证号。",
    "shown_name": "显示名应为 1 到 20 个字，不能含手机号、身份证号。",
    "unit": "承办账号要写单位：--unit 五华区",
}
_ONCE = "临时密码只显示这一次，第一次登录后必须修改。"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 1 when it was not done."""
    given = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env()
        engine = open_database(settings.database_url)
        upgrade(settings.database_url)
        accounts = Accounts(
            engine, derive(settings.secret, "staff"), settings.password_profile, demo=settings.demo
        )
        audit = Audit(engine, derive(settings.secret, "audit"))
        return int(given.act(given, accounts, audit))
    except DataFault as fault:
        print(*fault.faults, sep="\n")
    except InvalidInput as error:
        print(_FAULTS.get(error.reason, "输入有误，请检查。"))
    except Conflict:
        print(f"登录名 {given.login} 已经有人用，请换一个。")
    except DeskError:
        print("没有办成，请检查后再试。")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desk.staff", description="工作人员账号")
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("admin", help="建立第一个运维账号")
    first.add_argument("login", nargs="?", default="admin", help="登录名，默认 admin")
    first.set_defaults(act=_admin)
    making = commands.add_parser("create", help="建立一个账号")
    making.add_argument("login", help="登录名")
    making.add_argument("--role", required=True, choices=[role.value for role in STAFF_ROLES], help="角色")
    making.add_argument("--name", default="", help="显示名，默认同登录名")
    making.add_argument("--unit", default="", help="单位，承办账号必填")
    making.set_defaults(act=_create)
    commands.add_parser("list", help="列出全部账号").set_defaults(act=_list)
    reset = commands.add_parser("reset", help="重设密码")
    reset.add_argument("login", help="登录名")
    reset.add_argument("--second-factor", action="store_true", help="改为清除丢失的动态口令")
    reset.set_defaults(act=_reset)
    commands.add_parser("demo", help="建立演示账号（DESK_DEMO=1）").set_defaults(act=_demo)
    return parser


def _admin(given: argparse.Namespace, accounts: Accounts, audit: Audit) -> int:
    there = [each for each in accounts.all() if each.role is Role.OPERATOR and not each.demo]
    if there:
        login = there[0].login
        print(f"已经有运维账号 {login}。忘记密码请运行：.venv/bin/python -m desk.staff reset {login}")
        return 1
    return _made(accounts, audit, given.login, given.login, Role.OPERATOR, "")


def _create(given: argparse.Namespace, accounts: Accounts, audit: Audit) -> int:
    return _made(accounts, audit, given.login, given.name or given.login, Role(given.role), given.unit)


def _made(accounts: Accounts, audit: Audit, login: str, name: str, role: Role, unit: str) -> int:
    staff, password = accounts.create(login, name, role, unit)
    _record(audit, "account_created", staff)
    print(f"已建立账号（{role.label}）。登录名：{staff.login}  临时密码：{password}\n{_ONCE}")
    return 0


def _list(given: argparse.Namespace, accounts: Accounts, audit: Audit) -> int:
    for each in accounts.all():
        marks = [word for word, is_so in (("演示", each.demo), ("已停用", each.disabled)) if is_so]
        print("  ".join(filter(None, (each.login, each.shown_name, each.role.label, each.unit, *marks))))
    return 0


def _reset(given: argparse.Namespace, accounts: Accounts, audit: Audit) -> int:
    staff = accounts.named(given.login)
    if staff is None:
        print(f"没有账号 {given.login}。")
        return 1
    if given.second_factor:
        accounts.reset_second_factor(staff.id, by="")
        _record(audit, "second_factor_reset", staff)
        print(f"已清除 {staff.login} 的动态口令，下次登录时重新绑定。")
        return 0
    password = accounts.reset_password(staff.id, by="")
    _record(audit, "password_reset", staff)
    print(f"登录名：{staff.login}  临时密码：{password}\n{_ONCE}")
    return 0


def _demo(given: argparse.Namespace, accounts: Accounts, audit: Audit) -> int:
    if not accounts.demo:
        print("DESK_DEMO=0 时演示账号不能登录，没有建立。")
        return 1
    for login, password in demo_accounts(accounts):
        print(f"{login}  {password}  （演示）")
    return 0


def _record(audit: Audit, action: str, staff: Staff) -> None:
    audit.record(
        actor_id="command",
        role=Role.SYSTEM.value,
        action=action,
        object_kind="account",
        object_id=staff.id,
        detail={"role": staff.role.label},
    )


if __name__ == "__main__":
    sys.exit(main())
