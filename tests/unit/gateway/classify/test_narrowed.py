"""A narrowed pattern finds what the pattern alone finds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import pytest

from gateway.classify.narrowed import Narrowed
from gateway.classify.secrets import joints
from gateway.classify.views import concatenation, misread, spacing

PIECES = (
    *"019lOoiSB.-_/()+*|:=,{<>\"'`&\\\n\té", "55", "4111", " ", "  ", "DE", "x", "ssn", "card", "12345678901234567890",
    "\r\n", "\x0b", "\x1c", "value", "name", "token", "aB3", "ab12cd34", ": |\n", ":\n", '"value":', "\\\n", "+ ", "@",
    " at ", " dot ", "[at]", "( dot )", " arroba ", " punto ", "[a]", "_at_", "_dot_", ".com", " @ ", "at", "\n",
)  # fmt: skip
NARROWED = {
    "misread": misread._RUN,
    "groups": spacing._GROUPS,
    "at": spacing._AT,
    "dot": spacing._DOT,
    "in words": spacing._IN_WORDS,
    "joint": concatenation._JOINT,
    "behind a letter": concatenation._BEHIND_LETTER,
    **{f"cut {number}": each for number, each in enumerate(joints._CUTS)},
    **{f"name {number}": each for number, (each, _) in enumerate(joints._NAMES) if isinstance(each, Narrowed)},
}
"""Each with its own pattern inside."""


def _drawn(seed: str) -> Iterator[str]:
    rng = random.Random(seed)
    for _ in range(6_000):
        pieces = rng.sample(PIECES, rng.randint(3, 9))
        yield "".join(rng.choices(pieces, k=rng.randint(4, 40)))


def _with_letters(match: re.Match[str]) -> bool:
    return misread._LETTER.search(match.group(1)) is not None


COUNTING: dict[str, Callable[[re.Match[str]], bool]] = {"misread": _with_letters}
"""Of some only a part of the matches is of use."""


@pytest.mark.parametrize("name", NARROWED)
def test_a_narrowed_pattern_finds_the_same_matches(name: str) -> None:
    narrowed = NARROWED[name]
    counts = COUNTING.get(name, bool)
    found = 0
    for text in _drawn(name):
        expected = [match.span() for match in narrowed._pattern.finditer(text) if counts(match)]
        assert [match.span() for match in narrowed.finditer(text) if counts(match)] == expected
        found += len(expected)
    assert found > 3


def test_a_match_may_begin_where_the_one_before_ends() -> None:
    narrowed = Narrowed(re.compile("(?<![b])a+"), "(?:^|[^b])a")
    assert [match.span() for match in narrowed.finditer("aaxaba")] == [(0, 2), (3, 4)]


def test_text_beyond_ascii_is_read_by_the_pattern_itself() -> None:
    narrowed = Narrowed(re.compile(r"(?<=:)\w+"), r":[a-z]")
    assert [match.group() for match in narrowed.finditer("é:über")] == ["über"]
