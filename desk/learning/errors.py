"""What this room refuses, each with the sentence that an operator reads."""

from __future__ import annotations

from desk.errors import Conflict, InvalidInput, NotAllowed


class Unfit(InvalidInput):
    """A label, line or test that cannot be taken. `sentence` tells why and what to do."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.sentence = sentence


class Forbidden(NotAllowed):
    """A move that this person, or this state, does not allow. `sentence` tells why."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.sentence = sentence


class Clash(Conflict):
    """What was approved no longer fits the present files, or somebody was faster; one sentence for each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
