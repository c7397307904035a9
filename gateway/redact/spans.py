"""Which stretches of a leaf must not leave, without overlaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.redact.placeholders import LOOK_ALIKE
from gateway.redact.values import LITERAL
from gateway.types import Strategy

_STRICTNESS = {
    Strategy.SURROGATE: 0,
    Strategy.PLACEHOLDER: 1,
    Strategy.GENERALIZE: 2,
    Strategy.MASK: 3,
    Strategy.DROP: 4,
}
REVERSIBLE = frozenset({Strategy.SURROGATE, Strategy.PLACEHOLDER})
"""The strategies whose values come back."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `[start, end)` of a leaf's text in code points.

    `weight` orders overlapping claims: score, then length. `number` says that the stretch is a whole JSON number.
    """

    start: int
    end: int
    kind: str
    strategy: Strategy
    weight: tuple[int, int] = (0, 0)
    number: bool = False


def merged(spans: Iterable[Span]) -> list[Span]:
    """Returns the spans in order, overlapping ones united: a value and its part leave together or not at all.

    A union is treated as its strictest part and has the type of the weightiest part that decided so.
    """
    result: list[Span] = []
    for span in sorted(spans, key=_place):
        if result and span.start < result[-1].end:
            result[-1] = _union(result[-1], span)
        elif span.end > span.start:
            result.append(span)
    return result


def stricter(one: Strategy, other: Strategy) -> bool:
    """Whether the first strategy gives away less than the second."""
    return _STRICTNESS[one] > _STRICTNESS[other]


def _union(one: Span, other: Span) -> Span:
    leading = max((one, other), key=_authority)
    end = max(one.end, other.end)
    return Span(one.start, end, leading.kind, leading.strategy, leading.weight, one.number and other.number)


def _place(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.kind


def _authority(span: Span) -> tuple[int, bool, tuple[int, int], str]:
    """Reversible strategies do not outrank each other: the weightier finding says which it is, then the type's name."""
    return max(1, _STRICTNESS[span.strategy]), span.kind != LITERAL, span.weight, span.kind


def look_alikes(text: str) -> list[Span]:
    """Returns the stretches that somebody could take for a placeholder or the beginning of one."""
    if "[[" not in text:
        return []
    return [literal(match.start(), match.end()) for match in LOOK_ALIKE.finditer(text)]


def literal(start: int, end: int) -> Span:
    """Returns a span of text that must come back as typed, whatever it looks like."""
    return Span(start, end, LITERAL, Strategy.PLACEHOLDER)
