from __future__ import annotations

import pytest

from gateway.classify.prefilter import (
    Places,
    Prefilter,
    PrefilterError,
    compiled,
    complete,
    is_expressible,
    without_back_references,
    without_bounds,
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


@pytest.mark.parametrize(
    ("pattern", "wider"),
    [
        (r"a[^\n]{0,80}b", r"a[^\n]{0,}b"),
        (r"[0-9]{7,40}\.", r"[0-9]{7,}\."),
        (r"a{2,9}b{4}c{12}", r"a{2,9}b{4}c{12}"),
        (r"\{1,20}", r"\{1,20}"),
    ],
)
def test_only_wide_bounds_are_opened(pattern: str, wider: str) -> None:
    assert without_bounds(pattern) == wider


@pytest.mark.parametrize("together", [None, 1, 2, 9])
def test_sets_of_any_size_name_the_same_patterns(together: int | None) -> None:
    patterns = ["abc", r"\bx\d{2,5}", r"[a-f]{3}", r"\d+-\d+", "zzz", r"(?i)HELLO", r"y{2,}"]
    prefilter = Prefilter(patterns, together=together)
    for text in (b"", b"abc", b"x12 zzz", b"fad 1-2 hello", b"yyy abc x123", b"\xff\x00"):
        assert prefilter.match(text) == Prefilter(patterns).match(text)
    assert prefilter.match(b"fad 1-2 hello") == {2, 3, 5}


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


PLACED = [
    (r"\d+", b"a12 345 x6"),
    (r"(a)(b)?", b"ab a b aab"),
    (r"x*", b"axxb"),
    (r"\b", b"ab cd"),
    (r"(?i)(?:foo|foobar)", b"FOObar foo"),
    (r"z", b"abc"),
    (r"a", b""),
    (r"", b""),
    (r"^b|c$", b"bcb c"),
]


@pytest.mark.parametrize(("pattern", "text"), PLACED, ids=[row[0] for row in PLACED])
def test_places_are_those_of_the_package(pattern: str, text: bytes) -> None:
    places, package = Places(pattern), compiled(pattern)
    assert list(places.all(text)) == [match.span() for match in package.finditer(text)]
    for begin in range(len(text) + 2):
        match = package.search(text, begin) if begin <= len(text) else None
        assert places.first(text, begin) == (None if match is None else match.span())
