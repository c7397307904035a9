"""What a detector is: text in, places out. Values never leave a detector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.classify.shadow import Shadow


class BudgetSpent(Exception):
    """The time for one call is used up. What was not read yet counts as the highest level."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The time one call may take, in seconds of the clock passed in."""

    deadline_s: float
    monotonic_s: Callable[[], float]

    def check(self) -> None:
        """Raises `BudgetSpent` when the time is used up."""
        if self.monotonic_s() > self.deadline_s:
            raise BudgetSpent


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be read: as it is, as ASCII of the same length, and the field name it stands under."""

    text: str = field(repr=False)
    shadow: bytes = field(repr=False)
    field_name: str = field(default="", repr=False)

    @classmethod
    def of(cls, text: str, shadow: Shadow, field_name: str = "") -> Passage:
        """Returns the passage for a text."""
        return cls(text, shadow.of(text), field_name)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a passage, in code points, and its type. The type's category is in `gateway.classify.combine`."""

    start: int
    end: int
    type: str
    score_milli: int


class TextDetector(Protocol):
    """Finds things in one text at a time. Must be safe to call from several threads."""

    @property
    def name(self) -> str:
        """The stable name that findings, records and `Classification.failed` carry."""
        ...

    def may_find(self, passage: Passage) -> bool:
        """Returns `False` only when `detect` could find nothing in any line-wise part of the passage. Cheap."""
        ...

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the places found. Any exception counts as "anything may be in there"."""
        ...
