from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

ID_NUMBER, PHONE = "00000019850101001X", "13800138000"
_PROGRAM = f"""
import logging, structlog
from desk.logs import configure_logs
configure_logs("gateway")
ours, theirs = structlog.get_logger("gateway.turns"), logging.getLogger("some.library")
ours.info("turn done", key="control-75310", note="我是{ID_NUMBER}", deep={{"a": ["{PHONE}"]}})
theirs.warning("cannot send to %s", "{PHONE}")
theirs.debug("never shown")
logging.getLogger("rasa_sdk.executor").info("never shown")
class Thing:
    def __repr__(self): return "Thing({PHONE})"
ours.info("odd", thing=Thing())
try:
    raise ValueError("wrong: {ID_NUMBER}")
except ValueError as error:
    ours.error("failed", exc_info=True)
    theirs.exception("failed as well")
print("end")
"""


def lines() -> list[dict[str, Any]]:
    run = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    assert ID_NUMBER not in run.stdout
    assert PHONE not in run.stdout
    written = run.stdout.splitlines()
    assert written.pop() == "end"
    return [json.loads(line) for line in written]


def test_every_line_is_one_object_with_time_level_name_and_process_and_no_number() -> None:
    found = lines()
    assert [line["event"] for line in found] == [
        "turn done",
        "cannot send to 〔手机号#1〕",
        "odd",
        "failed",
        "failed as well",
    ]
    assert {line["process"] for line in found} == {"gateway"}
    assert [line["level"] for line in found] == ["info", "warning", "info", "error", "error"]
    assert [line["logger"] for line in found[:2]] == ["gateway.turns", "some.library"]
    assert all(line["timestamp"].endswith("Z") for line in found)
    assert (found[0]["key"], found[0]["note"]) == ("control-75310", "我是〔身份证#1〕")
    assert found[0]["deep"] == {"a": ["〔手机号#1〕"]}
    assert found[2]["thing"] == "Thing(〔手机号#1〕)"
    assert all("ValueError: wrong: 〔身份证#1〕" in line["exception"] for line in found[3:])
