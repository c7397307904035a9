"""The masking of one request: every wanted span and every further mention of its value, replaced and proved.

Proved means: each leaf is read once more as an answer would be. What would come back wrong (text that happens to be a
surrogate, a surrogate that became part of a longer word) is masked again, another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.redact.issuing import Issuer
from gateway.redact.json_source import JsonSource, escaped, is_json_source, source_spelling
from gateway.redact.nesting import Nesting, is_spelled_alike, spelling_at, written_at
from gateway.redact.occurrences import Claim, Mentions
from gateway.redact.one_way import generalized, removal_mark, starred
from gateway.redact.spans import REVERSIBLE, Span, literal, look_alikes, merged, stricter
from gateway.redact.substitution import Hit, Substitution
from gateway.redact.values import LITERAL, Spelling, canonical, short_type
from gateway.types import Call, MaskedRecord, Strategy
from routers.types import Dialect, Leaf, LeafKind
from routers.wire.anthropic_messages import is_signed
from routers.wire.dialect import SlotKind

_ROUNDS = 3
_NOTHING = Substitution({})
_TURNS = ("messages", "input")
_SIGNED = frozenset({Dialect.ANTHROPIC_MESSAGES, Dialect.ANTHROPIC_COUNT_TOKENS})
_NAMED = ("tools", "functions", "tool_choice", "function_call", "response_format", "text")
_NOT_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a rewritten leaf, and the one of the original it stands for. Without a `span` they are one."""

    start: int
    end: int
    from_start: int
    from_end: int
    span: Span | None


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """`inexact` are the spans that no spelling brings back as they were written."""

    text: str
    pieces: Sequence[_Piece]
    inexact: Sequence[Span]


class Masking:
    """The masking of one request."""

    def __init__(
        self, conversation_key: bytes, call: Call, wanted: Mapping[int, list[Span]], earlier: Mapping[str, Spelling]
    ) -> None:
        """`earlier` was issued before in the conversation: it is still restored, and nothing else gets its names."""
        self._call = call
        leaves = call.leaves
        found = {index: list(_fitted(leaves[index], _inside(leaves[index], wanted[index]))) for index in wanted}
        self._values = _values(leaves, found)
        self.substitution = _NOTHING
        self._issuer = Issuer(conversation_key, self._values.keys())
        self._issuer.issued.update(earlier)
        self._spans = self._all_spans(found)
        self._masked: dict[str, set[str]] = {}
        self._one_way: dict[str, dict[str, int]] = {}
        self._stand_ins: dict[tuple[str, Strategy, str, SlotKind, bool, bool, int], str] = {}

    @property
    def issued(self) -> Mapping[str, Spelling]:
        """What each stand-in stands for, those issued earlier included."""
        return self._issuer.issued

    def replacements(self) -> list[tuple[Leaf, str]]:
        """Returns the leaves that change, in the order of the bytes, with their new texts.

        After it `substitution` is the way back.
        """
        leaves = self._call.leaves
        for index in sorted(self._spans, key=lambda index: _turn(leaves[index])):
            self._issue(leaves[index], self._spans[index])
        issued = self._issuer.issued
        self.substitution = proof = Substitution(dict(issued))
        changed: list[tuple[Leaf, str]] = []
        for index, leaf in enumerate(leaves):
            spans = self._spans.get(index, [])
            if self._is_signed(leaf):
                if spans:
                    changed.append((leaf, self._rewritten(leaf, spans).text))
            elif spans or (not proof.empty and proof.find(_kind_of(leaf), leaf.text)):
                changed.append((leaf, self._proved(leaf, spans, proof)))
        if len(issued) > proof.size:
            self.substitution = Substitution(issued)
        return changed

    def _issue(self, leaf: Leaf, spans: Sequence[Span]) -> None:
        """Gives every span its stand-in, which nothing that comes later changes."""
        if _nesting(leaf, spans) is not None:
            self._rewritten(leaf, spans)
            return
        form = kind, _ = _kind_of(leaf), _is_name(leaf)
        for span in spans:
            self._stand_in(leaf, span, form, int(kind is SlotKind.JSON))

    def masked(self) -> tuple[MaskedRecord, ...]:
        """Distinct values that come back, per type."""
        return _counted(self._masked)

    def dropped(self) -> tuple[MaskedRecord, ...]:
        """Distinct values that do not come back, per type."""
        return _counted(self._one_way)

    def _all_spans(self, found: Mapping[int, list[Span]]) -> dict[int, list[Span]]:
        mentions = Mentions(self._values)
        reversible = any(claim.strategy in REVERSIBLE for claim in self._values.values())
        result: dict[int, list[Span]] = {}
        for index, leaf in enumerate(self._call.leaves):
            more = mentions.find(leaf)
            if reversible and not self._is_signed(leaf):
                more += look_alikes(leaf.text)
            spans = found.get(index, [])
            places = {(span.start, span.end, span.kind, span.strategy) for span in spans}
            more = [span for span in more if (span.start, span.end, span.kind, span.strategy) not in places]
            if more or spans:
                result[index] = merged([*spans, *(_fitted(leaf, more) if more else ())])
        return result

    def _is_signed(self, leaf: Leaf) -> bool:
        """Signed thinking is not restored in answers, so nothing in it can be taken for a stand-in."""
        return self._call.dialect in _SIGNED and is_signed(leaf.path)

    def _proved(self, leaf: Leaf, spans: list[Span], proof: Substitution) -> str:
        for _ in range(_ROUNDS):
            made = self._rewritten(leaf, spans)
            wrong = [*made.inexact, *_wrong(made, proof.find(_kind_of(leaf), made.text))]
            if not wrong:
                return made.text
            spans = merged([*(span for span in spans if span not in wrong), *_corrected(leaf, wrong)])
        plain = [replace(span, strategy=_unlike(span.strategy)) for span in spans]
        return self._rewritten(leaf, merged([*plain, *_fitted(leaf, [literal(0, len(leaf.text))])])).text

    def _rewritten(self, leaf: Leaf, spans: Sequence[Span]) -> _Rewriting:
        text = leaf.text
        form = kind, _ = _kind_of(leaf), _is_name(leaf)
        is_source = kind is SlotKind.JSON
        written: list[str] = []
        pieces: list[_Piece] = []
        inexact: list[Span] = []
        nesting = _nesting(leaf, spans)
        done = length = 0
        for span in spans:
            quote = '"' if is_source and span.number else ""
            before = text[done : span.start] + quote
            level = _level(nesting, before, is_source=is_source)
            stand_in = self._stand_in(leaf, span, form, level)
            if nesting is not None:
                nesting.feed(stand_in + quote)
                if not _is_exact(text[span.start : span.end], span, level):
                    inexact.append(span)
            pieces.append(_Piece(length, length + len(before), done, span.start, None))
            length += len(before)
            pieces.append(_Piece(length, length + len(stand_in), span.start, span.end, span))
            length += len(stand_in) + len(quote)
            written += (before, stand_in, quote)
            done = span.end
        written.append(text[done:])
        pieces.append(_Piece(length, length + len(text) - done, done, len(text), None))
        return _Rewriting("".join(written), pieces, inexact)

    def _stand_in(self, leaf: Leaf, span: Span, form: tuple[SlotKind, bool], level: int) -> str:
        """What stands for the span in a leaf that is source or text, a name or not; the same every time."""
        written = leaf.text[span.start : span.end]
        key = (span.kind, span.strategy, written, *form, span.number, level)
        if key not in self._stand_ins:
            spelling = source_spelling(written, number=True) if span.number else spelling_at(written, level)
            self._stand_ins[key] = self._new_stand_in(spelling, span, form)
        return self._stand_ins[key]

    def _new_stand_in(self, spelling: Spelling, span: Span, form: tuple[SlotKind, bool]) -> str:
        kind, is_name = form
        short = short_type(span.kind)
        value = canonical(short, spelling.text)
        if span.strategy not in REVERSIBLE:
            mark = self._one_way_mark(span, value, spelling.text, is_name=is_name)
            return escaped(mark) if kind is SlotKind.JSON else mark
        if span.kind != LITERAL:
            self._masked.setdefault(span.kind, set()).add(value)
        if is_name and not span.number:
            return self._issuer.identifier(short, value, spelling)
        if span.strategy is Strategy.SURROGATE:
            return self._issuer.surrogate(short, value, spelling)
        return self._issuer.placeholder(short, value, spelling)

    def _one_way_mark(self, span: Span, value: str, text: str, *, is_name: bool) -> str:
        numbers = self._one_way.setdefault(span.kind, {})
        number = numbers.setdefault(value, len(numbers) + 1)
        if is_name:
            return _NOT_IDENTIFIER.sub("_", removal_mark(span.kind, number)).strip("_")
        if span.strategy is Strategy.MASK:
            return starred(span.kind, text)
        if span.strategy is Strategy.GENERALIZE:
            return generalized(span.kind, text)
        return removal_mark(span.kind, number)


def _turn(leaf: Leaf) -> int:
    """Where in the conversation a leaf stands: what came first decides a name's identity, and that never changes."""
    path = leaf.path
    return path[1] + 1 if len(path) > 1 and path[0] in _TURNS and isinstance(path[1], int) else 0


def _kind_of(leaf: Leaf) -> SlotKind:
    return SlotKind.JSON if is_json_source(leaf.path, leaf.text) else SlotKind.TEXT


def _is_name(leaf: Leaf) -> bool:
    """Whether destinations refuse here anything but letters, digits, `_` and `-`: names of functions and properties."""
    path = leaf.path
    if path[0] not in _NAMED:
        return len(path) > 1 and path[-2:] == ("function", "name") and leaf.kind is LeafKind.STRING
    if leaf.kind is LeafKind.KEY:
        return path[-2:-1] == ("properties",)
    return path[-1] == "name" or path[-2:-1] == ("required",)


def _wrong(made: _Rewriting, hits: Iterable[Hit]) -> Iterable[Span]:
    """The stretches of the original that would not come back as they are.

    A surrogate's own span, where it would not be found again; a literal one, where something else would be found.
    """
    seen = {(hit.start + hit.quoted, hit.end - hit.quoted) for hit in hits}
    placed = {(piece.start, piece.end) for piece in made.pieces if piece.span is not None}
    for piece in made.pieces:
        if (
            piece.span is not None
            and piece.span.strategy is Strategy.SURROGATE
            and (piece.start, piece.end) not in seen
        ):
            yield piece.span
    for start, end in sorted(seen - placed):
        touched = [piece for piece in made.pieces if piece.start < end and start < piece.end]
        yield literal(
            min(
                piece.from_start if piece.span else piece.from_start + max(0, start - piece.start) for piece in touched
            ),
            max(
                piece.from_end if piece.span else min(piece.from_end, piece.from_start + end - piece.start)
                for piece in touched
            ),
        )


def _corrected(leaf: Leaf, wrong: Iterable[Span]) -> Iterable[Span]:
    """What a surrogate cannot stand for, a placeholder can; typed text is masked as text."""
    for span in wrong:
        if span.strategy is Strategy.SURROGATE:
            yield replace(span, strategy=Strategy.PLACEHOLDER)
        else:
            yield from _fitted(leaf, [span])


def _unlike(strategy: Strategy) -> Strategy:
    return Strategy.PLACEHOLDER if strategy is Strategy.SURROGATE else strategy


def _inside(leaf: Leaf, spans: Iterable[Span]) -> Iterable[Span]:
    """A finding that does not fit into its leaf is a defect: then all of the leaf is masked."""
    size = len(leaf.text)
    for span in spans:
        yield span if 0 <= span.start < span.end <= size else replace(span, start=0, end=size)


def _fitted(leaf: Leaf, spans: Iterable[Span]) -> Iterable[Span]:
    """The spans as they can be cut out of this leaf."""
    if leaf.kind is LeafKind.NUMBER:
        return [replace(span, start=0, end=len(leaf.text), number=True) for span in spans]
    if is_json_source(leaf.path, leaf.text):
        source = JsonSource(leaf.text)
        return [part for span in spans for part in source.fit(span)]
    return spans


def _values(leaves: tuple[Leaf, ...], found: Mapping[int, Iterable[Span]]) -> dict[str, Claim]:
    """What each value counts as: the type it was found as first, under the strictest strategy it was found under."""
    values: dict[str, Claim] = {}
    for index in sorted(found):
        for span in sorted(found[index], key=lambda span: (span.start, -span.end, span.kind)):
            value = _value(leaves[index], span)
            known = values.get(value)
            if known is None or stricter(span.strategy, known.strategy):
                values[value] = Claim(span.kind, span.strategy)
    return values


def _value(leaf: Leaf, span: Span) -> str:
    written = leaf.text[span.start : span.end]
    is_plain = span.number or not is_json_source(leaf.path, leaf.text)
    return written if is_plain else source_spelling(written, number=False).text


def _nesting(leaf: Leaf, spans: Iterable[Span]) -> Nesting | None:
    """What follows how deep in JSON the spans of a leaf stand; `None` where that changes no spelling."""
    alike = all(span.number or is_spelled_alike(leaf.text[span.start : span.end]) for span in spans)
    return None if alike else Nesting()


def _level(nesting: Nesting | None, before: str, *, is_source: bool) -> int:
    """How deep a span stands before which this is left. Source is JSON, whatever it looks like."""
    if nesting is None:
        return int(is_source)
    nesting.feed(before)
    return max(nesting.level, int(is_source))


def _is_exact(written: str, span: Span, level: int) -> bool:
    return span.number or written_at(spelling_at(written, level), level) == written


def _counted(values: Mapping[str, Iterable[str]]) -> tuple[MaskedRecord, ...]:
    return tuple(MaskedRecord(kind, len(list(values[kind]))) for kind in sorted(values))
