"""Which stretches of a leaf must not leave, without overlaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.redact.placeholders import LITERAL, LOOK_ALIKE


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `[start, end)` of a leaf's text in code points.

    `weight` orders overlapping claims: score, then length. `number` says that the stretch is a whole JSON number.
    """

    start: int
    end: int
    kind: str
    drop: bool
    weight: tuple[int, int] = (0, 0)
    number: bool = False


def merged(spans: Iterable[Span]) -> list[Span]:
    """Returns the spans in order, overlapping ones united: a value and its part leave together or not at all.

    A union is dropped when any part of it is, and has the type of its weightiest part that decided so.
    """
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if result and span.start < result[-1].end:
            result[-1] = _union(result[-1], span)
        elif span.end > span.start:
            result.append(span)
    return result


def _union(one: Span, other: Span) -> Span:
    leading = max((one, other), key=lambda span: (span.drop, span.kind != LITERAL, span.weight))
    end = max(one.end, other.end)
    return Span(one.start, end, leading.kind, leading.drop, leading.weight, one.number and other.number)


def look_alikes(text: str) -> list[Span]:
    """Returns the stretches that somebody could take for a placeholder or the beginning of one."""
    if "[[" not in text:
        return []
    return [Span(match.start(), match.end(), LITERAL, drop=False) for match in LOOK_ALIKE.finditer(text)]
