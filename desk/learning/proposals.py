"""What operators propose: a training line or a conversation test, which a second person approves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Engine

from desk.database import reading, utc_now
from desk.learning import ledger
from desk.learning.changes import diff, line_diff, patch
from desk.learning.corpus import Corpus, Line, clean
from desk.learning.errors import Forbidden, Unfit
from desk.learning.labels import NOTHING
from desk.learning.ledger import ALIVE, APPROVED, DOWNLOAD, DOWNLOADED, DRAFT, EXAMPLE, STORY, Proposal, Step
from desk.learning.missed import Missed, said_by, sender_of
from desk.learning.stories import Story, checked
from desk.learning.tables import ProposalRow
from desk.privacy import redact
from desk.regions import Atlas
from desk.text import plain

# One person could otherwise teach the assistant whatever they like by saying it often enough.
MOST_PER_SENDER = 3
_LONGEST_REASON = 200


class Proposals:
    """The proposals of one database, for the files under `data`."""

    def __init__(
        self,
        engine: Engine,
        data: Path,
        names: Mapping[str, str],
        atlas: Atlas,
        now: Callable[[], datetime] = utc_now,
        people: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """Take the folder of the data, the topics' names by label, the cards that tests may name, and who
        tells the names of the staff by id for the summary of a change."""
        self._engine = engine
        self._data = data
        self._names = names
        self._atlas = atlas
        self._now = now
        self._people = people
        self._missed = Missed(engine)

    def propose_line(self, item_id: str, staff_id: str, text: str | None = None) -> Proposal:
        """Propose a labelled item as a training line of its topic, in its own words or better ones.

        Raises `NotFound`, or `Unfit` with a sentence: no label, a number, markup, too long, there already,
        or too many from one sender.
        """
        topic, line = self._line(item_id, text)
        return self._add(topic, line, item_id, staff_id, EXAMPLE, None)

    def preview_line(self, item_id: str, text: str | None = None) -> str:
        """Return the diff that `propose_line` would propose and keep nothing; raises as it does."""
        topic, line = self._line(item_id, text)
        Corpus.read(self._data).check(line, topic, self._names)
        with reading(self._engine) as connection:
            self._check_alive(connection, topic, line)
            self._check_sender(connection, item_id)
        return line_diff(self._data, topic, line)

    def propose_story(self, item_id: str, staff_id: str, story: Story) -> Proposal:
        """Propose a conversation test from a labelled item; raises as `propose_line`, or where a piece
        that must be heard stands on no card of the topic."""
        topic = self._topic(self._missed.item(item_id).label)
        made = checked(story, topic, self._atlas)
        kept = {key: value for key, value in asdict(made).items() if key != "say" and value}
        return self._add(topic, made.say, item_id, staff_id, STORY, kept)

    def approve(self, proposal_id: int, staff_id: str) -> Proposal:
        """Approve somebody else's draft; `Forbidden` for the author's own."""
        return self._move(proposal_id, ledger.APPROVE, staff_id)

    def reject(self, proposal_id: int, staff_id: str, reason: str) -> Proposal:
        """Send somebody else's proposal back, also one that no longer fits or was not merged."""
        return self._move(proposal_id, ledger.REJECT, staff_id, reason)

    def withdraw(self, proposal_id: int, staff_id: str) -> Proposal:
        """Take one's own draft back."""
        return self._move(proposal_id, ledger.WITHDRAW, staff_id)

    def why_not(self, proposal: Proposal, name: str, staff_id: str) -> str:
        """Return why somebody cannot approve, reject or withdraw a proposal; "" where he can."""
        try:
            ledger.check_move(proposal, name, staff_id, "-")
        except Forbidden as refusal:
            return refusal.sentence
        return ""

    def diff(self, proposal: Proposal) -> str:
        """Return what one proposal alone would change in the present files; `Clash` where a file is gone."""
        return diff(self._data, [proposal])

    def all(self, states: Collection[str] = ALIVE) -> list[Proposal]:
        """Return the proposals in some states, oldest first."""
        with reading(self._engine) as connection:
            return ledger.read(connection, ProposalRow.state.in_(list(states)))

    def history(self, proposal_id: int) -> list[Step]:
        """Return who did what with a proposal and when, oldest first."""
        with reading(self._engine) as connection:
            return ledger.history(connection, proposal_id)

    def changes(self) -> bytes:
        """Return everything approved as one diff with its summary, and change nothing.

        Raises `Clash` where a proposal no longer fits the files, `Unfit("nothing")` where there is none.
        """
        with reading(self._engine) as connection:
            return self._patch(ledger.read(connection, ProposalRow.state == APPROVED))

    def download(self, staff_id: str) -> tuple[int, bytes]:
        """Return the number of the new batch and what `changes` returns, and mark each as downloaded."""
        at = self._now()
        with self._engine.begin() as connection:
            approved = ledger.read(connection, ProposalRow.state == APPROVED)
            made = self._patch(approved)
            batch = int(connection.scalar(select(func.max(ProposalRow.batch))) or 0) + 1
            for proposal in approved:
                ledger.move(connection, proposal, DOWNLOAD, staff_id, at, batch=batch)
        return batch, made

    def again(self, batch: int) -> bytes:
        """Return a batch once more, on the present files; raises as `changes`, also once it was merged."""
        with reading(self._engine) as connection:
            of_batch = (ProposalRow.batch == batch, ProposalRow.state == DOWNLOADED)
            return self._patch(ledger.read(connection, *of_batch))

    def _patch(self, proposals: list[Proposal]) -> bytes:
        if not proposals:
            raise Unfit("nothing", "没有已批准、待下载的修改。")
        return patch(self._data, proposals, self._names, self._people(), self._now())

    def _line(self, item_id: str, text: str | None) -> tuple[str, str]:
        item = self._missed.item(item_id)
        return self._topic(item.label), clean(item.text if text is None else text)

    def _topic(self, label: str | None) -> str:
        if label is None or label == NOTHING or label not in self._names:
            raise Unfit("no_label", "请先给这一条标上主题，再提出修改。")
        return label

    def _add(
        self, topic: str, text: str, item: str, staff_id: str, kind: str, story: dict[str, Any] | None
    ) -> Proposal:
        values = {"kind": kind, "topic": topic, "text": text, "story": story, "item": item}
        # Before the transaction: nobody has to wait for the reading of twenty thousand lines.
        Corpus.read(self._data).check(text, topic, self._names)
        with self._engine.begin() as connection:
            self._check_alive(connection, topic, text)
            self._check_sender(connection, item)
            return ledger.one(connection, ledger.add(connection, values, staff_id, self._now()))

    def _check_alive(self, connection: Connection, topic: str, text: str) -> None:
        alive = ledger.read(connection, ProposalRow.state.in_(ALIVE))
        Corpus(Line(one.text, one.topic) for one in alive).check(text, topic, self._names)

    def _check_sender(self, connection: Connection, item: str) -> None:
        """So many lines of one sender may wait for one download; who it is stays in the query."""
        sender = sender_of(item)
        waiting = select(func.count()).where(
            ProposalRow.state.in_((DRAFT, APPROVED)), ProposalRow.item.in_(said_by(sender))
        )
        if int(connection.scalar(waiting) or 0) >= MOST_PER_SENDER:
            raise Unfit(
                "sender", f"同一个人的话一次最多用 {MOST_PER_SENDER} 条，免得一个人左右了训练。请换别人的话。"
            )

    def _move(self, proposal_id: int, name: str, staff_id: str, reason: str = "") -> Proposal:
        if len(reason) > _LONGEST_REASON:
            raise Unfit("too_long", f"原因最多 {_LONGEST_REASON} 个字。")
        reason = redact(plain(reason)).text
        more = {"reason": reason} if reason else {}
        with self._engine.begin() as connection:
            proposal = ledger.one(connection, proposal_id)
            ledger.check_move(proposal, name, staff_id, reason)
            ledger.move(connection, proposal, name, staff_id, self._now(), **more)
            return ledger.one(connection, proposal_id)
