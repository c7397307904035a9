"""The detector of credentials over lines: what it finds as written, and what it finds where the lay-out is undone."""

from __future__ import annotations

import binascii
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, without_bounds
from gateway.classify.secrets import joints
from gateway.classify.secrets.detector import SecretDetector as AsWritten
from gateway.classify.secrets.formats import FORMATS
from gateway.classify.shadow import Shadow
from gateway.classify.view import View
from gateway.classify.views.rewriting import SEPARATOR, Substitution, rewritten

_NAME = "joints"
_BEHIND = 3
"""Signs that may stand between a joint and the value behind it: quotes."""
_LONGEST_BLOCK = 1 << 16
_OWN_FORMS = frozenset((*(row.type for row in FORMATS), "SECRET_JWT", "SECRET_PRIVATE_KEY"))


class SecretDetector:
    """Finds credentials, also those that lines cut. Immutable after construction and safe to share between threads."""

    name = "secrets"

    def __init__(self) -> None:
        """Compiles the rows: about 0.1 s."""
        self._as_written = AsWritten()
        self._shadow = Shadow()
        self._gates = tuple(
            (signs, numbers, Prefilter([without_bounds(joints.GATES[number]) for number in numbers], together=None))
            for signs, numbers in joints.TOGETHER
        )

    def may_find(self, passage: Passage) -> bool:
        """Whether anything could be there."""
        return self._as_written.may_find(passage) or bool(self._fired(passage))

    def _fired(self, passage: Passage) -> frozenset[int]:
        return passage.notes.of(self, frozenset, lambda: frozenset(self._find_fired(passage.shadow)))

    def _find_fired(self, shadow: bytes) -> Iterator[int]:
        for signs, numbers, gate in self._gates:
            if any(sign in shadow for sign in signs):
                yield from (numbers[hit] for hit in gate.match(shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the credentials, each with its issuer's type; a span holds exactly the value."""
        spans = list(self._as_written.detect(passage, budget))
        fired = self._fired(passage)
        if not fired:
            return spans
        budget.check()
        found = [*self._cut(passage.text, fired, budget), *self._named(passage.text, fired, budget)]
        found += self._wrapped(passage.text, fired, budget)
        return [*spans, *(span for span in dict.fromkeys(found) if span not in spans)]

    def _cut(self, text: str, fired: frozenset[int], budget: Budget) -> Iterator[Span]:
        """What crosses a cut; what crosses the end of a line alone only when it has a form of its own."""
        cuts, wraps = sorted(joints.cuts(text, fired)), list(joints.wraps(text, fired))
        for span in self._read(text, [*cuts, *wraps], budget):
            if _crosses(span, cuts) or (span.type in _OWN_FORMS and _crosses(span, wraps)):
                yield span

    def _named(self, text: str, fired: frozenset[int], budget: Budget) -> Iterator[Span]:
        """What stands right behind a joint between a name and its value."""
        names = list(joints.names(text, fired))
        ends = {each.end + signs for each in names for signs in range(_BEHIND + 1)}
        for span in self._read(text, names, budget):
            if span.start in ends:
                yield span

    def _read(self, text: str, substitutions: Sequence[Substitution], budget: Budget) -> Iterator[Span]:
        """What is found where the substitutions are made, in places of the original."""
        view = rewritten(_NAME, text, substitutions)
        if view is None:
            return
        for span in self._as_written.detect(Passage.of(view.text, self._shadow), budget):
            if SEPARATOR not in view.text[span.start : span.end]:
                yield _placed(view, span)

    def _wrapped(self, text: str, fired: frozenset[int], budget: Budget) -> Iterator[Span]:
        """Text in base64 over several lines. It is one unit: a line of it may hold half a credential."""
        for start, end in joints.blocks(text, fired):
            block = text[start:end]
            # The last line may be a word of the text below.
            decoded = _decoded(block) or _decoded(block.rpartition("\n")[0])
            spans = list(self.detect(Passage.of(decoded, self._shadow), budget)) if decoded else []
            if spans:
                best = max(spans, key=lambda span: span.score_milli)
                yield Span(start, end, best.type, best.score_milli)


def _crosses(span: Span, ordered: Sequence[Substitution]) -> bool:
    following = bisect_right(ordered, span.start, key=attrgetter("start"))
    return following < len(ordered) and ordered[following].end < span.end


def _placed(view: View, span: Span) -> Span:
    return Span(*view.place(span.start, span.end), span.type, span.score_milli)


def _decoded(block: str) -> str | None:
    run = "".join(block[:_LONGEST_BLOCK].split()).rstrip("=")
    run = run[: len(run) - (len(run) % 4 == 1)]
    try:
        text = binascii.a2b_base64(run + "=" * (-len(run) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if "".join(text.split()).isprintable() else None
