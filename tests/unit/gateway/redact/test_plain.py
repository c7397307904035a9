"""A piece of a stream is taken for plain only where no stand-in can begin in it, however it goes on."""

from __future__ import annotations

import pytest

from gateway.redact.literals import Literals
from gateway.redact.plain import PlainPieces

WORDS = ["u29q4wkpc@pii.invalid", "192.0.2.17", "(415) 555-0123", "415 555-0188", "1\u00a0242\u00a0555\u00a00195"]


@pytest.mark.parametrize("word", WORDS)
def test_a_piece_in_which_a_surrogate_begins_is_never_plain(word: str) -> None:
    plain = PlainPieces(WORDS)
    for size in range(1, len(word) + 1):
        assert not plain.holds(f"so {word[:size]}".encode())


@pytest.mark.parametrize("piece", ["under", "up to 3", "4 of 7", "about 200", "menu u", "stru[ct", 'a\\"b', "x & y"])
def test_words_that_begin_otherwise_are_plain(piece: str) -> None:
    is_plain = PlainPieces(WORDS).holds(piece.encode())
    assert is_plain is (piece in ("under", "up to 3", "4 of 7", "about 200"))
    assert PlainPieces([]).holds(piece.encode()) is (piece not in ("stru[ct", 'a\\"b', "x & y"))


@pytest.mark.parametrize("count", [2, 40])
def test_surrogates_are_found_alike_few_or_many(count: int) -> None:
    words = ["(415) 555-0123", "415 555-0188", *(f"192.0.2.{number}" for number in range(count))]
    text = "(415 555-0188, (415) 555-0123 and 192.0.2.1, not 192.0.2.1.5 nor x192.0.2.1, 1192.0.2.1; 192.0.2.1."
    found = [text[start:end] for start, end in Literals(words).find(text, in_json=False)]
    assert found == ["415 555-0188", "(415) 555-0123", "192.0.2.1", "192.0.2.1"]
