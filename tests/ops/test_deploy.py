from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.url import make_url

from bot.gateway import alive
from desk.settings import Settings
from tests.ops.deploy_files import DEPLOY, ROOT, UNITS, compose, example, known_settings, unit

_SECRET = "x" * 43 + "="
_ENVIRONMENT = r"(?:/usr/bin/env (DESK_\w+)=%i )?/opt/desk/\.venv/bin/python -m ([\w.]+)( train)?"
_HARD = {
    **{"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes"},
    **{"PrivateDevices": "yes", "RestrictSUIDSGID": "yes", "LimitCORE": "0", "UMask": "0077"},
    **{"CapabilityBoundingSet": "", "StateDirectory": "desk", "StateDirectoryMode": "0700"},
    **{"User": "desk", "Group": "desk", "EnvironmentFile": "/etc/desk/desk.env"},
}


def serve_modules() -> dict[str, str]:
    """The processes of `make run`: name -> module."""
    tree = ast.parse((ROOT / "ops" / "serve.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "processes":
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    raise AssertionError("ops/serve.py names its processes elsewhere now")


def ours() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: each for name, each in compose()["services"].items() if "env_file" in each}


def module(service: dict[str, Any]) -> str:
    return str(service["command"][2])


def instances() -> dict[str, list[int]]:
    """Which ports desk.target starts of each template: gateway -> 8080, 8081."""
    found: dict[str, list[int]] = {}
    for name, port in re.findall(r"desk-(\w+)@(\d+)\.service", (DEPLOY / "systemd/desk.target").read_text()):
        found.setdefault(name, []).append(int(port))
    return found


def test_every_setting_named_in_deploy_exists_in_the_code(tmp_path: Path) -> None:
    known = known_settings(tmp_path)
    for path in filter(Path.is_file, DEPLOY.rglob("*")):
        named = set(re.findall(r"DESK_[A-Z][A-Z_]*[A-Z]", path.read_text()))
        assert named <= known, path


def test_every_setting_of_the_code_stands_in_the_example_with_a_chinese_sentence(tmp_path: Path) -> None:
    known = known_settings(tmp_path)
    assert {"DESK_PORT", "DESK_PLATFORM_CA", "DESK_WECHAT_AES_KEY"} <= known
    named = [name for name, *_ in example()]
    assert known <= set(named)
    assert len(named) == len(set(named))
    for name, _, comment, _ in example():
        assert re.search("[\u4e00-\u9fff]", comment), name


def test_the_example_starts_a_process_once_the_secrets_are_filled_in(tmp_path: Path) -> None:
    filled = {name: value for name, value, _, is_set in example() if is_set}
    settings = Settings.from_env({**filled, "DESK_SECRET": _SECRET, "DESK_VAR": str(tmp_path)})
    assert not settings.demo
    assert settings.secure_cookie
    assert settings.proxies == 1
    assert make_url(settings.database_url).get_backend_name() == "postgresql"
    assert settings.platform is None
    assert settings.wechat is None


@pytest.mark.parametrize("group", ["DESK_(?!WECHAT)", "DESK_WECHAT_"])
def test_what_is_commented_out_in_the_example_is_the_default(tmp_path: Path, group: str) -> None:
    least = {"DESK_SECRET": _SECRET, "DESK_VAR": str(tmp_path)}
    least |= {"DESK_WECHAT_APP_ID": "wx" + "0" * 16, "DESK_WECHAT_TOKEN": "token"}
    shown = {
        name: value
        for name, value, _, is_set in example()
        if re.match(group, name) and not is_set and (value or name not in least)
    }
    assert len(shown) > 8
    assert Settings.from_env({**least, **shown}) == Settings.from_env(least)


def test_no_secret_has_a_value_in_deploy() -> None:
    for name, value, *_ in example():
        if re.search("SECRET|TOKEN|AES_KEY", name):
            assert not value, name
        if name.endswith("_URL") and value.startswith("postgresql"):
            assert not make_url(value).password
    services = compose()["services"]
    assert "POSTGRES_PASSWORD" not in services["postgres"]["environment"]
    for service in ours().values():
        assert not [name for name in service["environment"] if re.search("SECRET|TOKEN|KEY|DATABASE", name)]


@pytest.mark.parametrize("name", [".env", "desk.env", "postgres_password", "tls/desk.key"])
def test_a_file_with_a_secret_cannot_be_committed_by_mistake(name: str) -> None:
    run = subprocess.run(["git", "check-ignore", f"deploy/{name}"], cwd=ROOT, capture_output=True)
    assert run.returncode == 0


def test_the_journal_keeps_lines_for_six_months_also_over_a_restart() -> None:
    journal = dict(re.findall(r"^(\w+)=(\S+)$", (DEPLOY / "journald.conf.example").read_text(), re.MULTILINE))
    assert journal["Storage"] == "persistent"
    assert int(journal["MaxRetentionSec"].removesuffix("month")) > 6
    assert journal["SystemMaxUse"].endswith("G")
    drivers = [service["logging"]["driver"] for service in ours().values()]
    assert set(drivers) == {"journald"}
    assert not any("Standard" in name for path in UNITS for name in unit(path))


def test_every_process_of_make_run_has_a_service_and_a_unit() -> None:
    modules = set(serve_modules().values())
    assert len(modules) == 5
    served = [module(service) for service in ours().values()]
    assert modules <= set(served)
    started = [re.fullmatch(_ENVIRONMENT, unit(path)["ExecStart"]) for path in UNITS]
    assert modules <= {found[2] for found in started if found}
    assert all(served.count(name) == 2 for name in ("bot.gateway", "ops.rasa_server", "actions"))


def test_only_nginx_is_reached_from_outside_and_the_inside_reaches_nobody() -> None:
    services, networks = compose()["services"], compose()["networks"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    staff = [port for port in services["nginx"]["ports"] if port.endswith(":8443:8443")]
    assert staff and staff[0].startswith("${STAFF_ADDRESS:?")
    assert networks["inside"] == {"internal": True}
    for name in ("postgres", "rasa-1", "rasa-2", "worker"):
        assert services[name]["networks"] == ["inside"]
    assert all("network_mode" not in service for service in services.values())


@pytest.mark.parametrize("name", sorted(ours()))
def test_a_service_of_ours_can_write_nothing_but_its_data(name: str) -> None:
    service = ours()[name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"] == {"core": 0}
    assert service["volumes"] == ["var:/var/lib/desk"]
    assert name == "prepare" or "prepare" in service["depends_on"]


def test_each_service_is_asked_for_its_health_where_it_listens(tmp_path: Path) -> None:
    defaults = Settings.from_env({"DESK_VAR": str(tmp_path)})
    ports = {"actions": defaults.actions_port, "console": defaults.console_port}
    ports["ops.rasa_server"] = defaults.rasa_port
    for name, service in ours().items():
        if module(service) in {"desk.tickets.worker"} or name == "prepare":
            continue
        port = ports.get(module(service)) or int(service["environment"]["DESK_PORT"])
        path = "/webhooks/loopback/healthz" if module(service) == "ops.rasa_server" else "/healthz"
        assert f"'http://127.0.0.1:{port}{path}'" in service["healthcheck"]["test"][-1], name
        ast.parse(service["healthcheck"]["test"][-1])
    environment = ours()["gateway-1"]["environment"]
    assert environment["DESK_PORT"] == str(defaults.gateway_port)
    assert environment["DESK_RASA_URLS"] == ",".join(f"http://rasa-{n}:{defaults.rasa_port}" for n in (1, 2))
    actions = ",".join(f"http://actions-{n}:{defaults.actions_port}" for n in (1, 2))
    assert environment["DESK_ACTIONS_URL"] == actions


def test_the_image_installs_by_the_lock_and_holds_what_the_processes_need_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "sh ops/bootstrap.sh run" in text
    assert re.findall(r"^USER (.+)$", text, re.M)[-1] == "10001:10001"
    copied = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.M) for word in line.split()}
    assert all((ROOT / name).exists() for name in copied)
    assert {"actions", "bot", "console", "data", "desk", "ops", "requirements", "config.yml"} <= copied
    assert {"domain.yml", "endpoints.yml", "credentials.yml", "package-lock.json"} <= copied
    assert {"var", ".git", ".venv"} <= set((DEPLOY / "Dockerfile.dockerignore").read_text().split())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_module_that_exists_and_is_shut_in(path: Path) -> None:
    section = unit(path)
    started = re.fullmatch(_ENVIRONMENT, section["ExecStart"])
    assert started
    assert importlib.util.find_spec(started[2])
    assert {key: section[key] for key in _HARD} == _HARD
    assert section["MemoryMax"]
    assert path.stem == "desk-prepare" or section["Restart"] == "always"
    # desk.env wins over Environment=, so that two gateways would end up on one port.
    assert "Environment" not in section
    assert (started[1] is not None) == path.stem.endswith("@")
    assert started[1] not in {name for name, _, _, is_set in example() if is_set}


def test_systemd_waits_longer_for_a_sign_of_the_gateway_than_a_standstill_may_last() -> None:
    section = unit(DEPLOY / "systemd" / "desk-gateway@.service")
    assert int(section["WatchdogSec"]) >= max(2 * alive._EVERY_SECONDS, 60)


def test_the_ports_of_the_instances_are_those_of_the_code_and_of_the_example(tmp_path: Path) -> None:
    defaults = Settings.from_env({"DESK_VAR": str(tmp_path)})
    started, env = instances(), {name: value for name, value, *_ in example()}
    assert started["gateway"][0] == defaults.gateway_port
    assert started["rasa"][0] == defaults.rasa_port
    assert started["actions"][0] == defaults.actions_port
    assert env["DESK_RASA_URLS"] == ",".join(f"http://127.0.0.1:{port}" for port in started["rasa"])
    assert env["DESK_ACTIONS_URL"] == ",".join(f"http://127.0.0.1:{port}" for port in started["actions"])
    ports = [port for each in started.values() for port in each]
    assert len({*ports, defaults.console_port}) == len(ports) + 1


def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("没有 systemd-analyze，systemd 单元没有用它核对")
    for path in (DEPLOY / "systemd").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("/opt/desk", str(ROOT)))
    names = [path.name.replace("@", "@8080") for path in UNITS]
    run = subprocess.run(
        ["systemd-analyze", "verify", "desk.target", *names],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = [line for line in run.stderr.splitlines() if str(tmp_path) in line or "desk" in line]
    assert (run.returncode, told) == (0, [])


def test_the_page_for_operators_names_what_the_code_really_says() -> None:
    text = (DEPLOY / "README.md").read_text()
    code = "\n".join(
        path.read_text()
        for folder in ("bot", "actions", "console", "desk")
        for path in (ROOT / folder).rglob("*.py")
    )
    metrics, told = text.split("| 指标 |")[1].split("| `event` |")
    for name in re.findall(r"`(desk_\w+)", metrics):
        assert f'"{name}"' in code, name
    lines = re.findall(r"`([a-z]+(?: [a-z]+)+)`", told.split("每月")[0])
    assert len(lines) > 10
    for line in lines:
        assert f'"{line}"' in code, line
    modules = re.findall(r"python -m ([a-z_.]+)", text)
    assert modules and all(importlib.util.find_spec(name) for name in modules)
