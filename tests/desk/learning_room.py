"""Messages with what became of them, as the gateway leaves them, for the tests of learning."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from desk import conversation
from desk.inbox import DONE, NOT_UNDERSTOOD, InboxRow
from desk.learning import Labels, Proposal, Proposals, Story
from desk.regions import load_atlas
from desk.topics import read_topic_names

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
NAMES = read_topic_names(DATA / "topic_names.yml")
ATLAS = load_atlas(DATA)
NOON = datetime(2026, 11, 25, 4, tzinfo=timezone.utc)  # a Wednesday, noon in Kunming
PLANTED_PHONE = "13" + "800138000"
# Nothing of the kind is in the files.
NEW = [
    "祖传的铜锅能不能抵押换失业金凭条",
    "骡子驮来的纸质回执收不收",
    "孔雀羽毛做的证件套要不要拆掉",
    "茶马古道邮戳盖过的信封有没有用",
]
STORY = Story("要传几样", "请问手机上面究竟该交齐哪几件纸头", ("社会保障卡",), ("内蒙古",))
_numbers = itertools.count(1)


def said(
    engine: Engine,
    text: str,
    outcome: str | None = NOT_UNDERSTOOD,
    *,
    label: str | None = None,
    sender: str = "",
    at: datetime = NOON,
    state: str = DONE,
    payload: str | None = None,
) -> str:
    """Keep one message with what became of it; return its item's id."""
    number = next(_numbers)
    sender = sender or f"web-{number}"
    row = {"key": f"web:{sender}:{number}", "channel": "web", "sender_id": sender, "fingerprint": "f"}
    row |= {"text": text, "payload": payload, "state": state, "label": label, "outcome": outcome}
    moments = {"received_at": at, "finished_at": at}
    with engine.begin() as connection:
        connection.execute(insert(InboxRow).values(**row, **moments, attempts=0, confidence=0.4))
        seq = conversation.say(connection, sender, conversation.CITIZEN, {"text": text}, row["key"])
        conversation.say(connection, sender, conversation.BOT, {"text": "我没有听懂"}, row["key"])
    return f"m{seq}"


def repository(root: Path) -> Path:
    """Make a repository with the topics of ours, and return the folder of its data."""
    for folder in ("topics", "talk"):
        shutil.copytree(DATA / folder, root / "data" / folder)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root / "data"


def labelled(engine: Engine, text: str, label: str = "materials", **more: Any) -> str:
    """Keep a message that was missed, with a label; return its item's id."""
    item = said(engine, text, **more)
    Labels(engine, NAMES).label(item, label, "运维01")
    return item


def line(proposals: Proposals, engine: Engine, text: str, **more: Any) -> Proposal:
    """Propose a message as a line of 要带什么材料."""
    return proposals.propose_line(labelled(engine, text, **more), "运维01")
