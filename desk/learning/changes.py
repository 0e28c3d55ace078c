"""Approved proposals as one change to the files, in the form that `git apply` takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from desk.errors import DataFault
from desk.learning import stories
from desk.learning.corpus import Corpus, Line, clean, with_lines
from desk.learning.errors import Clash, Unfit
from desk.learning.ledger import EXAMPLE, KIND_NAMES, STORY, Proposal
from desk.workdays import china_day

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def patch(
    data: Path,
    proposals: Sequence[Proposal],
    names: Mapping[str, str],
    people: Mapping[str, str],
    at: datetime,
) -> bytes:
    """Return a summary in Chinese and one unified diff on the files as they lie under `data` now.

    `names` are those of the topics, `people` those of the staff by id. Raises `Clash` with one sentence
    for each proposal that no longer fits the files.
    """
    _still_fit(data, proposals, names)
    return (_summary(proposals, names, people, at) + diff(data, proposals)).encode()


def diff(data: Path, proposals: Sequence[Proposal]) -> str:
    """Return the unified diff alone, whether or not every line still fits; `Clash` where a file is gone."""
    files = [*_topic_files(data, proposals), *_story_file(data, proposals)]
    return "".join(_diff(*file) for file in files)


def line_diff(data: Path, topic: str, line: str) -> str:
    """Return the diff of one clean line; raises as `diff`."""
    return "".join(_diff(*file) for file in _with_lines(data, {topic: [line]}))


def story_of(proposal: Proposal) -> stories.Story:
    """Return the conversation test that a proposal keeps."""
    kept = proposal.story or {}
    hear, never = tuple(kept.get("hear", ())), tuple(kept.get("never", ()))
    return stories.Story(str(kept.get("title")), proposal.text, hear, never, str(kept.get("if_asked", "")))


def _still_fit(data: Path, proposals: Sequence[Proposal], names: Mapping[str, str]) -> None:
    """The files may have changed since a proposal was approved, and two may be alike."""
    faults: list[str] = []
    taken: list[Line] = []
    corpus = Corpus.read(data)
    for proposal in proposals:
        try:
            line = clean(proposal.text)
            corpus.check(line, proposal.topic, names)
            Corpus(taken).check(line, proposal.topic, names)
            taken.append(Line(line, proposal.topic))
        except Unfit as unfit:
            faults.append(f"第 {proposal.id} 条“{proposal.text}”和现在的数据冲突：{unfit.sentence}")
    if faults:
        raise Clash(faults)


def _topic_files(data: Path, proposals: Sequence[Proposal]) -> Iterable[tuple[str, str | None, str]]:
    """Each topic file that changes: its path in the repository, its text, and its new text."""
    by_topic: dict[str, list[str]] = {}
    for proposal in proposals:
        if proposal.kind == EXAMPLE:
            by_topic.setdefault(proposal.topic, []).append(clean(proposal.text))
    return _with_lines(data, by_topic)


def _with_lines(data: Path, by_topic: Mapping[str, list[str]]) -> Iterable[tuple[str, str | None, str]]:
    for topic, lines in sorted(by_topic.items()):
        path = f"data/topics/{topic}.yml"
        old = _read(data / "topics" / f"{topic}.yml", path)
        if old is None:
            raise Clash([f"{path} 已经不在了，“{topic}”的例句没有地方可加。请退回这些提议。"])
        try:
            new = with_lines(old, lines, path)
        except DataFault as fault:
            raise Clash(fault.faults) from fault
        _check_yaml(new, path)
        yield path, old, new


def _story_file(data: Path, proposals: Sequence[Proposal]) -> Iterable[tuple[str, str | None, str]]:
    told = [proposal for proposal in proposals if proposal.kind == STORY]
    if told:
        old = _read(data.parent / stories.FILE, stories.FILE)
        begun = stories.HEAD if old is None else old.rstrip("\n") + "\n"
        new = begun + "".join(stories.written(story_of(one), one.topic) for one in told)
        _check_yaml(new, stories.FILE)
        yield stories.FILE, old, new


def _read(file: Path, path: str) -> str | None:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise Clash([f"{path} 不是 UTF-8 文件，改不了。"]) from error


def _check_yaml(text: str, path: str) -> None:
    try:
        YAML(typ="safe").load(text)
    except YAMLError as error:
        raise Clash([f"{path} 改完以后不是正确的 YAML，没有导出。请检查这个文件现在的内容。"]) from error


def _diff(path: str, old: str | None, new: str) -> str:
    head = f"diff --git a/{path} b/{path}\n" + ("new file mode 100644\n" if old is None else "")
    before = "/dev/null" if old is None else f"a/{path}"
    # Not `splitlines`: it also breaks at characters that are no line end for git.
    lines = difflib.unified_diff(_LINES.findall(old or ""), _LINES.findall(new), before, f"b/{path}")
    return head + "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _summary(
    proposals: Sequence[Proposal], names: Mapping[str, str], people: Mapping[str, str], at: datetime
) -> str:
    """What `git apply` skips and a person reads first."""
    rows = [
        f"{one.id}. {KIND_NAMES[one.kind]}（{names.get(one.topic, one.topic)}）“{one.text}”"
        f"　提出：{people.get(one.author, one.author)}"
        f"　批准：{people.get(one.decided_by or '', one.decided_by)}（{china_day(one.decided_at or at)}）"
        for one in proposals
    ]
    head = (
        f"训练例句和对话测试的修改，共 {len(proposals)} 条，{china_day(at)} 导出。",
        "在仓库根目录运行 git apply 这个文件；然后 make check、make train、make talk 都通过再合并。",
        "",
    )
    return "\n".join([*head, *rows, "", ""])
