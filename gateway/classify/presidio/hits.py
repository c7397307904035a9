"""What a recognizer found, before and after the words around it were looked at; duplicates dropped as Presidio does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter, lt
from typing import NamedTuple

_START, _END = itemgetter(0), itemgetter(1)


class Hit(NamedTuple):
    """A place, what is there, how sure that is (0 to 1), and the number of the recognizer that says so.

    `is_supported` says that a word near by speaks for it; `is_settled` that the words were looked at already.
    """

    start: int
    end: int
    score: float
    type: str
    owner: int
    is_supported: bool = False
    is_settled: bool = False


def without_duplicates(hits: Iterable[Hit]) -> list[Hit]:
    """Returns the hits without those that another of the same type holds with at least the same score.

    The result is that of `EntityRecognizer.remove_duplicates`, in the order of type and place.
    """
    of_type: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.score != 0:
            of_type.setdefault(hit.type, []).append(hit)
    kept: list[Hit] = []
    for kind in sorted(of_type):
        ordered = sorted(of_type[kind], key=_START)
        is_disjoint = all(map(lt, map(_END, ordered), map(_START, ordered[1:])))
        kept += ordered if is_disjoint else _without_held(ordered)
    return kept


def _without_held(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yields the hits, all of one type, that no other holds with at least the same score."""
    active: list[Hit] = []
    for hit in sorted(hits, key=_order):
        active = [each for each in active if each.end >= hit.start]
        if not any(hit.end <= each.end and hit.score <= each.score for each in active):
            active.append(hit)
            yield hit


def _order(hit: Hit) -> tuple[int, int, float]:
    return hit.start, hit.start - hit.end, -hit.score
