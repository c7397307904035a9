"""What a recognizer found, before and after the words around it were looked at; duplicates dropped as Presidio does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple


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
    kept: list[Hit] = []
    for _, group in groupby(sorted(hits, key=_order), key=_type):
        active: list[Hit] = []
        for hit in group:
            if hit.score == 0:
                continue
            active = [each for each in active if each.end >= hit.start]
            if not any(hit.end <= each.end and hit.score <= each.score for each in active):
                kept.append(hit)
                active.append(hit)
    return kept


def _order(hit: Hit) -> tuple[str, int, int, float]:
    return hit.type, hit.start, hit.start - hit.end, -hit.score


def _type(hit: Hit) -> str:
    return hit.type
