"""Values for the slots of Chinese templates."""

# ruff: noqa: E501  (forms of names and addresses, one a line)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

from gateway.classify.names.training import words
from gateway.classify.names.training.sources import Sources
from gateway.classify.names.training.values import Piece, Values

T = TypeVar("T")


class ChineseValues:
    """Draws values for Chinese templates."""

    def __init__(self, random: Random, sources: Sources, latin: Values) -> None:
        """`latin` draws dates, numbers and what is not written in Chinese."""
        self._random = random
        self._sources = sources
        self._latin = latin
        parts = sources.chinese_parts
        self._districts, self._provinces, self._prefixes = parts.districts, parts.provinces, parts.prefixes
        self._suffixes = (
            *parts.suffixes,
            "有限责任公司",
            "集团",
            "股份有限公司",
            "银行",
            "科技有限公司",
            "银行分行",
            "律师事务所",
            "研究院",
        )
        self._given = sorted({c for name in sources.chinese.first for c in name})
        self._slots: Mapping[str, Callable[[], list[Piece]]] = {
            "person": lambda: [(self.person(), "PERSON")],
            "org": lambda: [(self.organisation(), "ORGANIZATION")],
            "hospital": lambda: [
                (
                    f"{self.city()}{self._one(('第一人民医院', '中医院', '协和医院', '儿童医院', '医院'))}",
                    "ORGANIZATION",
                )
            ],
            "university": lambda: [
                (f"{self.city()}{self._one(('大学', '理工大学', '师范大学', '第一中学'))}", "ORGANIZATION")
            ],
            "city": lambda: [(self.city() + self._one(("", "", "市")), "LOCATION")],
            "address": lambda: [(self.address(), "LOCATION")],
            "date": lambda: [(self._date(), "")],
            "amount": lambda: [(f"{self._random.randint(10, 99999)}{self._one(('元', '万元', ' RMB', '美元'))}", "")],
        }

    def draw(self, slot: str) -> list[Piece]:
        """Returns the pieces for one slot."""
        return self._slots[slot]() if slot in self._slots else self._latin.draw(slot)

    def _one(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def person(self) -> str:
        """Returns a surname and one or two given characters; common surnames more often."""
        last: str = (
            words.CHINESE_SURNAMES[int(self._random.random() ** 2 * len(words.CHINESE_SURNAMES))]
            if self._random.random() < 0.6
            else self._one(self._sources.chinese.last)
        )
        draw = self._random.random()
        given = self._one(self._sources.chinese.first) if draw < 0.4 else "".join(
            self._one(self._given if self._random.random() < 0.5 else words.CHINESE_GIVEN) for _ in range(1 + (draw < 0.85))
        )  # fmt: skip
        return last + given

    def city(self) -> str:
        """Returns a place."""
        return self._one(
            (self._one(self._sources.places.chinese[:900]), self._one(words.CHINESE_CITIES), self._one(self._provinces))
        )

    def organisation(self) -> str:
        """Returns a company."""
        name = self._one((self._one(self._prefixes), "".join(self._one(words.CHINESE_TRADE) for _ in range(2))))
        trade = self._one(("", "科技", "贸易", "网络", "电子", "医药", "建筑", "物流", "食品", "信息技术", "传媒"))
        return (
            f"{self._one(('', '', self.city()))}{name}{trade}{self._one(self._suffixes)}"
            if self._random.random() < 0.85
            else self._one(words.CHINESE_KNOWN)
        )

    def address(self) -> str:
        """Returns an address from the large to the small."""
        number = self._random.randint(1, 999)
        road = f"{self._one(self._districts)}{self._one(('区', '区', '县'))}{self._one(words.CHINESE_TRADE)}{self._one(words.CHINESE_TRADE)}{self._one(('路', '街', '大道'))}{number}号"
        home = f"{number % 20 + 1}{self._one(('栋', '号楼', '单元'))}{number}室" if self._random.random() < 0.4 else ""
        return f"{self._one((self._one(self._provinces), '', ''))}{self._one(words.CHINESE_CITIES)}市{road}{home}"

    def _date(self) -> str:
        year, month, day = self._random.randint(1950, 2027), self._random.randint(1, 12), self._random.randint(1, 28)
        return self._one((f"{year}年{month}月{day}日", f"{year}-{month:02}-{day:02}", f"{month}月{day}日"))
