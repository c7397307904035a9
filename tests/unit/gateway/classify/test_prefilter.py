from __future__ import annotations

import pytest

from gateway.classify.prefilter import (
    Prefilter,
    PrefilterError,
    complete,
    is_expressible,
    without_back_references,
    without_look_arounds,
)

LOOK_AROUNDS = [
    (r"(?<!\d)\d{3}(?!\d)", r"\d{3}"),
    (r"a(?=b(c|d))e", "ae"),
    (r"(?<=[)(])x", "x"),
    (r"(?!a\)b)c", "c"),
    (r"[(?=]x", r"[(?=]x"),
    (r"\(?=x", r"\(?=x"),
    (r"[^]\]]y(?<!z)", r"[^]\]]y"),
    (r"(?:a(?!b)|c)", "(?:a|c)"),
]


@pytest.mark.parametrize(("pattern", "wider"), LOOK_AROUNDS, ids=[row[0] for row in LOOK_AROUNDS])
def test_look_arounds_are_dropped_and_nothing_else(pattern: str, wider: str) -> None:
    assert without_look_arounds(pattern) == wider


def test_a_back_reference_becomes_its_group() -> None:
    assert without_back_references(r"(?:x)([:-])(y)\1\2\d") == r"(?:x)([:-])(y)([:-])(y)\d"


def test_the_patterns_that_could_match_are_named() -> None:
    prefilter = Prefilter(["abc", r"(?<!x)\d{3}", "zzz"])
    assert prefilter.match(b"x123 abc") == {0, 1}
    assert prefilter.match(b"nothing") == frozenset()


def test_a_pattern_the_engine_cannot_read_always_counts_as_matching() -> None:
    assert Prefilter([r"(?>a)b", "姓名", "b"]).match(b"nothing") == {0, 1}


def test_an_unfinished_search_is_an_error_and_never_reads_as_nothing_found() -> None:
    for unfinished in (None, [], [3, 4]):
        with pytest.raises(PrefilterError):
            complete(unfinished, 7)
    assert complete([7, 3], 7) == [3]


def test_patterns_beyond_the_memory_bound_are_refused() -> None:
    with pytest.raises(PrefilterError):
        Prefilter([r"\w{0,200}x\d{1,50}y"], max_memory_bytes=20_000)


def test_back_references_are_not_expressible() -> None:
    assert is_expressible(r"\bx{2,3}")
    assert not is_expressible(r"(a)\1")
