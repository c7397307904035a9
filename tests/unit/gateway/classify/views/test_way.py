from __future__ import annotations

import random

from gateway.classify.views.rewriting import SEPARATOR, Substitution, placed_in, rewritten


def substitutions(text: str, source: random.Random) -> list[Substitution]:
    found = []
    for _ in range(source.randint(1, 8)):
        start = source.randrange(len(text))
        end = min(len(text), start + source.randint(0, 4))
        found.append(Substitution(start, end, source.choice(("", "x", "yz", " "))))
    return found


def expected(text: str, chosen: list[Substitution]) -> tuple[list[int], list[int]]:
    """The places of a view that was written out character by character; texts are short enough for one stretch."""
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for each in chosen:
        starts += range(place, each.start)
        ends += range(place + 1, each.start + 1)
        starts += [each.start] * len(each.text)
        ends += [each.end] * len(each.text)
        place = each.end
    starts += range(place, len(text))
    ends += range(place + 1, len(text) + 1)
    return starts, ends


def disjoint(found: list[Substitution]) -> list[Substitution]:
    chosen: list[Substitution] = []
    for each in sorted(found, key=lambda each: each.start):
        if not chosen or each.start >= chosen[-1].end:
            chosen.append(each)
        elif each.start == chosen[-1].start and each.end > chosen[-1].end:
            chosen[-1] = each
    return chosen


def test_every_character_of_a_view_has_the_place_of_what_it_stands_for() -> None:
    source = random.Random(3)
    for _ in range(500):
        text = "".join(source.choices("ab1 .", k=source.randint(1, 80)))
        found = substitutions(text, source)
        view = rewritten("decoded", text, found)
        assert view is not None
        assert view.starts is not None
        assert view.ends is not None
        assert SEPARATOR not in view.text
        starts, ends = expected(text, disjoint(found))
        assert [view.starts[at] for at in range(len(view.starts))] == starts
        assert [view.ends[at] for at in range(len(view.ends))] == ends
        assert len(view.text) == len(starts)


def test_a_view_of_a_view_leads_back_to_the_original() -> None:
    source = random.Random(4)
    compared = 0
    for _ in range(500):
        text = "".join(source.choices("ab1 .", k=source.randint(1, 80)))
        outer = rewritten("decoded", text, substitutions(text, source))
        inner = rewritten("decoded", outer.text, substitutions(outer.text, source)) if outer and outer.text else None
        if outer is None or inner is None:
            continue
        both = placed_in(outer, inner)
        for at in range(len(inner.text)):
            start, end = inner.place(at, at + 1)
            if start < end:
                assert both.place(at, at + 1) == outer.place(start, end)
                compared += 1
    assert compared > 5_000
