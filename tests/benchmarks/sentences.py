"""What the benchmark says: sentences enough for each to be said once in a block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice, product

_WHEN = ("今天", "明天", "后天", "周末", "今晚", "下周", "这几天", "明早", "大后天", "国庆", "月底", "中秋")
_WEATHER = ("会打雷", "会刮风", "会降温", "有太阳", "要带伞", "气温高", "下雪", "有雾")
_TAIL = (
    "吗",
    "吗请问",
    "吗，我想知道",
    "吗，告诉我一下",
    "吗，帮我看看",
    "吗谢谢",
    "吗，家里老人问",
    "吗，孩子问的",
)
_WHO = (
    "厂里把我裁了",
    "合同到期了",
    "公司倒闭了",
    "我被辞退了",
    "单位不续签了",
    "店关门了",
    "项目结束了",
    "工地停工了",
)
_CLAIM = ("领失业金", "申请失业金", "办失业金", "申领失业保险金", "办失业保险", "报失业金")
_NEED = ("要带什么材料", "需要哪些证件", "要准备什么资料", "材料清单有哪些", "要交哪些材料", "带什么证件去")
_PLEASE = ("", "请问", "想问一下", "麻烦问下")

PLAIN = tuple(f"测速，{when}{what}{tail}" for tail, what, when in product(_TAIL, _WEATHER, _WHEN))
ACTION = tuple(
    f"{who}，{please}{claim}{need}" for need, who, please, claim in product(_NEED, _WHO, _PLEASE, _CLAIM)
)


class Speech:
    """Gives sentences in turn, and counts how often one had to be said again."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        self._sentences = sentences
        self._next: Iterator[str] = cycle(sentences)
        self.said = 0

    def take(self, number: int) -> list[str]:
        """The next `number` sentences."""
        self.said += number
        return list(islice(self._next, number))

    @property
    def repeats(self) -> int:
        """How many of those said were not new."""
        return max(0, self.said - len(self._sentences))
