"""Putting announced names among those a model found, in one pass over both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from gateway.classify.names.model import Name

Choice = Callable[[Name, Sequence[Name]], Sequence[Name]]
"""From an announced name and those it meets to what is reported there."""


def merged(found: Iterable[Name], announced: Iterable[Name], chosen: Choice) -> list[Name]:
    """Returns the names in order, each announced one together with those it meets replaced by what is chosen."""
    waiting = deque(sorted(found, key=_start))
    names: list[Name] = []
    for each in sorted(announced, key=_start):
        if names and each.start < names[-1].end:
            continue
        while waiting and waiting[0].end <= each.start:
            names.append(waiting.popleft())
        met: list[Name] = []
        while waiting and waiting[0].start < each.end:
            met.append(waiting.popleft())
        names += chosen(each, met)
    return [*names, *waiting]


def replaced(found: Iterable[Name], announced: Iterable[Name]) -> list[Name]:
    """Returns the names in order, those that an announced one meets replaced by it."""
    return merged(found, announced, lambda each, _: (each,))


def _start(name: Name) -> int:
    return name.start
