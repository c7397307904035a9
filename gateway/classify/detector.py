"""What a detector is: text in, places out. Values never leave a detector."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from gateway.classify.shadow import Shadow

Made = TypeVar("Made")
Item = TypeVar("Item")
_BETWEEN_CHECKS = 256
"""Items of a long list that are read in some milliseconds, a hundredth of what any call may take."""


class BudgetSpent(Exception):
    """The time for one call is used up. What was not read yet counts as the highest level."""


@dataclass(slots=True)
class Budget:
    """What one call may take: until when by the clock passed in, and how much CPU of the thread that reads it.

    For one thread: `cpu_s` is compared with the CPU seconds of the thread that asks. TRAP: that clock is a system call
    and takes up to 0.1 ms. No thread uses more CPU than time goes by, so it is asked only when enough went by on
    `wall_s` since it was asked last; not before `ask_from_s`, where whoever made the budget knows.
    """

    deadline_s: float
    monotonic_s: Callable[[], float]
    cpu_deadline_s: float = math.inf
    cpu_s: Callable[[], float] = time.thread_time
    wall_s: Callable[[], float] = time.monotonic
    ask_from_s: float = -math.inf

    def check(self) -> None:
        """Raises `BudgetSpent` when either is used up."""
        if self.monotonic_s() > self.deadline_s:
            raise BudgetSpent
        now_s = self.wall_s()
        if now_s < self.ask_from_s:
            return
        left_s = self.cpu_deadline_s - self.cpu_s()
        if left_s < 0:
            raise BudgetSpent
        self.ask_from_s = now_s + left_s

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yields the items, and checks whenever some hundreds were. Raises `BudgetSpent`."""
        for number, item in enumerate(items, start=1):
            yield item
            if not number % _BETWEEN_CHECKS:
                self.check()


class Notes:
    """What was worked out and is asked for again. Goes with a text or with a call; not for two threads at once."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[object, object] = {}

    def of(self, owner: object, kind: type[Made], make: Callable[[], Made]) -> Made:
        """Returns what `owner` made before, or makes it now."""
        made = self._made.get(owner)
        if not isinstance(made, kind):
            made = self._made[owner] = make()
        return made


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be read: as it is, as ASCII of the same length, and the field name it stands under.

    A folded one was put together by guessing what may belong together; digits alone prove little in it. `notes` are
    about the text alone, whatever it stands under; `values` about values in whatever text of the call they stand.
    """

    text: str = field(repr=False)
    shadow: bytes = field(repr=False)
    field_name: str = field(default="", repr=False)
    is_folded: bool = False
    notes: Notes = field(default_factory=Notes, repr=False, compare=False)
    values: Notes = field(default_factory=Notes, repr=False, compare=False)

    @classmethod
    def of(cls, text: str, shadow: Shadow, field_name: str = "", *, is_folded: bool = False) -> Passage:
        """Returns the passage for a text."""
        return cls(text, shadow.of(text), field_name, is_folded)


class Span(NamedTuple):
    """A place in a passage, in code points, and its type. The type's category is in `gateway.classify.combine`.

    A tuple, because a hundred of them are made of 4 kB: that costs a third of what a dataclass does.
    """

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


@runtime_checkable
class Batching(Protocol):
    """A detector that reads many short texts for the price of a long one."""

    def detect_all(self, passages: Sequence[Passage], budget: Budget) -> Iterable[tuple[int, Span]]:
        """Returns what `detect` finds in each of the passages, with the number of the passage."""
        ...


@runtime_checkable
class Revised(Protocol):
    """A detector whose findings depend on more than its code: an index that is replaced while it runs."""

    @property
    def revision(self) -> str:
        """Changes whenever the same text could be found otherwise. Part of the key under which readings are kept."""
        ...
