"""Which formats are tried: all that could match, wherever the text that they begin with may stand."""

from __future__ import annotations

import random
import re

import pytest

from gateway.classify.secrets.formats import FORMATS
from gateway.classify.secrets.gate import Gate, beginnings

GATE = Gate(FORMATS)
FEWEST = 3
"""Rows with a shorter beginning are looked for by their whole expression."""
BEGUN = [
    (number, literal)
    for number, row in enumerate(FORMATS)
    if not row.label and not row.marks and min(map(len, begun := beginnings(row.pattern))) >= FEWEST
    for literal in sorted(begun)
]
BETWEEN = ("", "_", "-", " ", ".", "=", '"', "\n", "\\n", "\\r", "\\t", "\\", "x", "n")


def may_begin(literal: str, text: str) -> bool:
    """The rule itself, character by character: no letter or digit before, but for a line break written out."""
    places = (match.start() for match in re.finditer(f"(?={re.escape(literal)})", text))
    return any(
        not literal[0].isalnum() or not text[:place][-1:].isalnum() or re.search(r"\\[nrt]$", text[:place]) is not None
        for place in places
    )


@pytest.mark.parametrize("before", ["", " ", "_", "=", '"', "\\n", "\\t", "\n"])
def test_every_beginning_is_seen_where_a_value_may_begin(before: str) -> None:
    missed = [literal for number, literal in BEGUN if number not in GATE.prefixed(f"{before}{literal}".encode())]
    assert missed == []


def test_beginnings_side_by_side_and_inside_each_other_are_all_seen() -> None:
    rng = random.Random(20_261_122)
    some = [literal for _, literal in rng.sample(BEGUN, 60)]
    for _ in range(60):
        text = "".join(f"{rng.choice(BETWEEN)}{rng.choice(some)[: rng.choice((2, 3, 99))]}" for _ in range(4))
        fired = GATE.prefixed(text.encode())
        assert [literal for number, literal in BEGUN if number not in fired and may_begin(literal, text)] == []


def test_a_beginning_behind_a_line_break_that_another_beginning_seems_to_hold_is_seen() -> None:
    fired = {FORMATS[number].pattern for number in GATE.prefixed(b"\\napi_org_nco")}
    assert any(pattern.startswith("(?:hf|api_org)_") for pattern in fired)


def test_a_beginning_inside_a_word_is_not_tried() -> None:
    assert GATE.prefixed(b"the spatula and the compatibility of ghosts") == frozenset()
