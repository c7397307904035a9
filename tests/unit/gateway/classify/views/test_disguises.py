"""Structured identifiers under every disguise: found where they stand, and nothing of them leaves.

The default run takes ten of each; more by command, with a table of what was covered:

    pytest -m slow -n0 -s tests/unit/gateway/classify/views/test_disguises.py

2026-11-21: figures in docs/explanation/reading.md.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.reader import NEED_SENTENCES
from gateway.types import Call, Category, Classification, Obligations
from routers.types import LeafKind
from tests.unit.gateway.classify.calls import call_with, chat
from tests.unit.gateway.classify.views.disguises import IDENTIFIERS, IN_ONE_TEXT, SPLIT, cut
from tests.unit.gateway.redact.made import redact

QUICK, THOROUGH = 10, 200
LEAST_COVERED = 0.95
_UNSEEN = frozenset("\u202c\u202d\u2066\u2069 \u3000")
"""Needs no masking: what nobody sees, and white space at a cut."""
EVERYTHING = Obligations(mask=frozenset(Category) - {Category.CREDENTIAL, Category.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Sample:
    """A call, and the disguised value in it: leaf, start, end of each piece."""

    call: Call
    pieces: tuple[tuple[int, int, int], ...]

    def texts(self) -> list[str]:
        return [self.call.leaves[leaf].text[start:end] for leaf, start, end in self.pieces]


def samples(disguise: str, kind: str, count: int) -> Iterator[Sample]:
    sentence, make = IDENTIFIERS[kind]
    before, after = sentence.split("{}")
    rng = random.Random(f"{disguise} {kind}")
    for _ in range(count):
        value = make(rng)
        if disguise in SPLIT:
            pieces = cut(value, rng)
            texts = [before + pieces[0], *pieces[1:]]
            texts[-1] += after
            yield _sample(call_with(SPLIT[disguise](texts)), texts, pieces)
        else:
            worn = IN_ONE_TEXT[disguise](value, rng)
            yield _sample(chat(before + worn + after), [before + worn + after], [worn])


def _sample(call: Call, texts: Sequence[str], pieces: Sequence[str]) -> Sample:
    said = [
        number
        for number, leaf in enumerate(call.leaves)
        if leaf.kind is LeafKind.STRING and leaf.path[-1] in ("text", "content")
    ]
    places = [texts[0].index(pieces[0])] + [0] * (len(pieces) - 1)
    return Sample(call, tuple((n, at, at + len(p)) for n, at, p in zip(said, places, pieces, strict=True)))


def is_covered(sample: Sample, content: Classification, *, code: bool) -> bool:
    for leaf, start, end in sample.pieces:
        text = sample.call.leaves[leaf].text
        found = {p for each in content.findings if each.leaf == leaf for p in range(each.start, each.end)}
        low, high = start, end
        if code:  # what stands around the value is code, not value
            low, high = (
                (text.find('"', start) + 1, text.rfind('"', start, end)) if '"' in text else (start + 5, end - 2)
            )
        if any(place not in found and text[place] not in _UNSEEN for place in range(low, high)):
            return False
    return True


def share(classifier: CallClassifier, disguise: str, kind: str, count: int) -> float:
    made = list(samples(disguise, kind, count))
    return sum(is_covered(each, classifier.read(each.call), code=disguise == "code") for each in made) / count


@pytest.mark.parametrize("disguise", [*IN_ONE_TEXT, *SPLIT])
def test_an_identifier_is_found_under_a_disguise(exact: CallClassifier, disguise: str) -> None:
    covered = {kind: share(exact, disguise, kind, QUICK) for kind in IDENTIFIERS}
    assert sum(covered.values()) / len(covered) >= LEAST_COVERED, covered


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_identifier_is_found_under_every_disguise(exact: CallClassifier) -> None:
    worst = 1.0
    sys.stdout.write(f"\n| disguise | {' | '.join(IDENTIFIERS)} |\n")
    for disguise in [*IN_ONE_TEXT, *SPLIT]:
        covered = [share(exact, disguise, kind, THOROUGH) for kind in IDENTIFIERS]
        sys.stdout.write(f"| {disguise} | {' | '.join(f'{each:.3f}' for each in covered)} |\n")
        worst = min(worst, *covered)
    assert worst >= LEAST_COVERED


@pytest.mark.parametrize("disguise", [*IN_ONE_TEXT, *SPLIT])
def test_what_is_found_under_a_disguise_does_not_leave(exact: CallClassifier, disguise: str) -> None:
    for kind in IDENTIFIERS:
        for sample in samples(disguise, kind, 3):
            content = exact.read(sample.call)
            if not is_covered(sample, content, code=False):
                continue
            sealed = redact(sample.call, content, obligations=EVERYTHING)
            left = [
                text
                for text in _strings(orjson.loads(sealed.body))
                if any(p in text for p in sample.texts() if len(p) > 3)
            ]
            assert left == []
            assert orjson.loads(sealed.restorer.whole(sealed.body)[0]) is not None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


ORDINARY = [
    "Ratings: 3 . 5 out of 10, see section 4.2.1 and RFC 3986 (2005).",
    "for row in table:\n    total += row['price'] * 1.19  # see issue 1234",
    "Versions 1.2.3, 10.0.26100.1 and 2024.11.21 were compared | 12 | 34 | 56 |",
    "Привет, мир. Это обычный русский текст без имён и чисел.",
    "今天天气很好，我们一起去公园散步。价格是１２元。",
    "The menu: crème brûlée – 7 €, café au lait – 3 € (2 for 5 €).",
    "Use `%20` for a space, `&amp;` for an ampersand and `\\n` for a line break.",
    "SGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NA==",
    "1 2 3 4 5 6 7 8 9 10 11 12, ready or not",
    "a b c d e f g h i j k l m n o p",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_gets_no_finding_from_a_view(exact: CallClassifier, text: str) -> None:
    content = exact.read(chat(text))
    assert {each.type for each in content.findings if each.detector not in NEED_SENTENCES} <= {"DATE_TIME"}
    assert content.failed == ()
