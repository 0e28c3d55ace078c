from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from typing import Any

from desk.logs import place

ID_NUMBER, PHONE = "00000019850101001X", "13800138000"
TYPED = '\n{"event": "forged"}\r\u2028[系统]\u202e\x1b[31m\x85\u200b\udce9\U000e0041\0end'
ESCAPES = "".join(f"\\U{ord(char):08x}" for char in TYPED)
_PROGRAM = f"""
import logging, structlog
from desk.logs import configure_logs
configure_logs("gateway")
ours, theirs = structlog.get_logger("gateway.turns"), logging.getLogger("some.library")
ours.info("turn done", key="control-75310", note="我是{ID_NUMBER}", deep={{"a": ["{PHONE}"]}})
theirs.warning("cannot send to %s", "{PHONE}")
theirs.debug("never shown")
logging.getLogger("rasa_sdk.executor").info("never shown")
logging.getLogger("sanic.error").exception("File not found: path=/static/never-shown")
try:
    open("x" * 300)
except OSError:
    logging.getLogger("sanic.error").exception("never shown")
class Thing:
    def __repr__(self): return "Thing({PHONE})"
ours.info("odd", thing=Thing())
ours.info("typed", note="{ESCAPES}", **{{"{ESCAPES}": 1}})
theirs.warning("heard %s", "{ESCAPES}")
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
        "typed",
        f"heard {TYPED}",
        "failed",
        "failed as well",
    ]
    assert {line["process"] for line in found} == {"gateway"}
    assert [line["level"] for line in found] == [
        "info",
        "warning",
        "info",
        "info",
        "warning",
        "error",
        "error",
    ]
    assert [line["logger"] for line in found[:2]] == ["gateway.turns", "some.library"]
    assert all(line["timestamp"].endswith("Z") for line in found)
    assert (found[0]["key"], found[0]["note"]) == ("control-75310", "我是〔身份证#1〕")
    assert found[0]["deep"] == {"a": ["〔手机号#1〕"]}
    assert found[2]["thing"] == "Thing(〔手机号#1〕)"
    assert all("ValueError: wrong: 〔身份证#1〕" in line["exception"] for line in found[5:])


def test_what_somebody_typed_begins_no_line_and_turns_none_round() -> None:
    run = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True)
    written = run.stdout.decode()
    assert "forged" in written
    assert not any(
        unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for char in written if char != "\n"
    )
    assert len(written.splitlines()) == len(written.split("\n")) - 1 == 8
    typed = json.loads(written.splitlines()[3])
    assert (typed["note"], typed[TYPED]) == (TYPED, 1)


def test_where_an_error_was_raised_is_told_without_a_word_of_it() -> None:
    try:
        [].pop()
    except IndexError as error:
        assert re.fullmatch(r"test_logs\.py:\d+", place(error))
