"""What is covered enough: letters and digits, tokens without names, what repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.fingerprints.coverage import CoverageRule, covered
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.keying import Words
from gateway.classify.fingerprints.matching import Match, score_milli
from gateway.classify.fingerprints.streams import Fingerprinter, Prints
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.fingerprints.conftest import Build

RULE = CoverageRule(24, 120)
OWNERS = np.zeros(1, np.int64)


def _find(index: Index, fingerprinter: Fingerprinter, text: str) -> list[Span]:
    ample = Budget(1.0, lambda: 0.0)
    return list(FingerprintDetector(index, fingerprinter).detect(Passage.of(text, Shadow()), ample))


def _prints(values: list[int], ranks: list[int]) -> Prints:
    places = np.arange(1000)
    words: Words = np.array(values, np.uint64)
    return Prints(words, np.array(ranks), places, places + 1, 24)


@pytest.mark.parametrize(
    ("worth", "verbatim", "longest", "is_enough"),
    [
        (79, 79, 0, False),
        (80, 80, 0, True),
        (89, 49, 20, False),
        (90, 50, 20, True),
        (90, 0, 26, True),
        (120, 0, 20, False),
        (88, 0, 44, False),
    ],
)
def test_letters_prove_more_than_tokens_without_names(worth: int, verbatim: int, longest: int, is_enough: bool) -> None:
    assert Match(0, 500, worth, verbatim, longest, 0).is_enough is is_enough


def test_what_repeats_itself_counts_once() -> None:
    once = list(covered(_prints([1, 2, 3], [0, 5, 10]), np.zeros(3, np.int64), OWNERS, RULE))
    again = list(covered(_prints([1, 2, 3, 1, 2, 3], [0, 5, 10, 15, 20, 25]), np.zeros(6, np.int64), OWNERS, RULE))
    assert [each.units for each in once] == [34]
    assert [each.units for each in again] == [24]
    assert again[0].end > once[0].end


def test_the_longest_part_ends_at_a_fingerprint_that_is_not_registered() -> None:
    documents = np.array([0, 0, -1, 0, 0, 0])
    [found] = covered(_prints([1, 2, 9, 3, 4, 5], [0, 10, 20, 30, 40, 50]), documents, OWNERS, RULE)
    assert (found.longest, found.units) == (44, 10 + 24 - 4 + 20 + 24)


def test_a_fingerprint_that_many_share_makes_no_hole() -> None:
    documents = np.array([0, -2, 0])
    [found] = covered(_prints([1, 9, 3], [0, 10, 20]), documents, OWNERS, RULE)
    assert (found.longest, found.units) == (44, 44)


def test_getters_one_after_the_other_are_not_taken_for_other_getters(
    build: Build, fingerprinter: Fingerprinter
) -> None:
    def getters(names: str) -> str:
        return "\n\n".join(f"    def is_{name}(self):\n        return self.{name}.get()" for name in names.split())

    registered = "class Form:\n" + getters("open closed hidden marked frozen locked pinned starred muted read")
    other = "class Search:\n" + getters("regex case word wrap back deep fuzzy exact recent global")
    index = build(("ours", "form.py", registered, Kind.CODE))
    assert _find(index, fingerprinter, registered)
    assert not _find(index, fingerprinter, other)


def test_barely_enough_is_eight_hundred_and_more_is_surer() -> None:
    scores = [score_milli(worth) for worth in (80, 90, 200, 400, 5000)]
    assert scores[:2] == [800, 800]
    assert scores[-2:] == [990, 990]
    assert scores == sorted(scores)
