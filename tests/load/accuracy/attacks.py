"""Identifiers under thirteen disguises, each inside a sentence that names it, and how many stay covered.

The disguises and the test of what counts as covered are those of the unit tests
(`tests/unit/gateway/classify/views`): every character of the value that can be seen is inside some finding.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from gateway.classify.classifier import CallClassifier
from routers.types import LeafKind
from tests.load.accuracy.generated import SHAPES, drawn
from tests.unit.gateway.classify.calls import call_with, chat
from tests.unit.gateway.classify.views.disguises import IDENTIFIERS, IN_ONE_TEXT, SPLIT, cut
from tests.unit.gateway.classify.views.test_disguises import Sample, is_covered

ATTACKS = {
    "percent": "URL-encoded",
    "base64": "base64",
    "homoglyphs": "homoglyphs",
    "direction": "bidirectional controls",
    "zero width": "zero width",
    "full width": "full width",
    "html": "HTML references",
    "json escapes": "JSON escapes",
    "code": "inside code",
    "misread": "misread by OCR",
    "parts": "split over parts",
    "messages": "split over messages",
    "spaced": "spaced",
    "dots": "other separators",
}
"""Disguises of the unit tests by the name under which they are reported. The last two are one attack in two forms."""
LEAST_COVERED = 0.95
_NATIONAL = ("DE_TAX_ID", "FR_NIR", "UK_NHS", "CN_RESIDENT_ID", "IN_AADHAAR")
_SPOKEN = {"content", "text"}


def _national(kind: str) -> tuple[str, Callable[[random.Random], str]]:
    shape = next(each for each in SHAPES if each.type == kind)
    return f"On file: {shape.names[0]} {{}} since spring.", lambda rng: drawn(shape, rng, is_right=True)


KINDS = IDENTIFIERS | {kind: _national(kind) for kind in _NATIONAL}
"""Types with a sentence and a maker each: those of the unit tests, and five national numbers with check digits."""


def coverage_table(classifier: CallClassifier, count: int, seed: int) -> Iterator[str]:
    """Yields the share of values covered for each attack and type, as Markdown; `count` values a cell."""
    yield f"| attack | {' | '.join(KINDS)} |"
    yield f"|---|{'---|' * len(KINDS)}"
    for disguise, name in ATTACKS.items():
        shares = [_share(classifier, disguise, kind, count, seed) for kind in KINDS]
        marks = " | ".join(f"{each:.2f}" if each >= LEAST_COVERED else f"**{each:.2f}**" for each in shares)
        yield f"| {name} | {marks} |"


def _share(classifier: CallClassifier, disguise: str, kind: str, count: int, seed: int) -> float:
    rng = random.Random(f"{seed} {disguise} {kind}")
    made = [_sample(disguise, kind, rng) for _ in range(count)]
    return sum(is_covered(each, classifier.read(each.call), code=disguise == "code") for each in made) / count


def _sample(disguise: str, kind: str, rng: random.Random) -> Sample:
    sentence, make = KINDS[kind]
    before, after = sentence.split("{}")
    value = make(rng)
    if disguise in SPLIT:
        pieces = cut(value, rng)
        texts = [before + pieces[0], *pieces[1:-1], pieces[-1] + after]
        call = call_with(SPLIT[disguise](texts))
    else:
        pieces = [IN_ONE_TEXT[disguise](value, rng)]
        call = chat(before + pieces[0] + after)
    said = [
        number for number, leaf in enumerate(call.leaves) if leaf.kind is LeafKind.STRING and leaf.path[-1] in _SPOKEN
    ]
    starts = [len(before)] + [0] * (len(pieces) - 1)
    return Sample(call, tuple((n, at, at + len(p)) for n, at, p in zip(said, starts, pieces, strict=True)))
