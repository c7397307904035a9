"""What must not leave: masked with placeholders that come back, or dropped for good.

Only leaves that hold something to mask change; a body with nothing to mask is the caller's own object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.conversation import conversation_key
from gateway.redact.json_source import JsonSource, escaped, is_json_source, source_spelling
from gateway.redact.occurrences import Claim, Mentions
from gateway.redact.placeholders import LITERAL, Placeholders, Spelling, canonical, removal_mark, short_type
from gateway.redact.restore import AnswerRestorer
from gateway.redact.spans import Span, look_alikes, merged
from gateway.types import Call, Classification, Finding, Identity, MaskedRecord, Obligations
from routers.types import Dialect, Leaf, LeafKind
from routers.wire import WIRES
from routers.wire.anthropic_messages import is_signed
from routers.wire.json_leaves import patch


@dataclass(frozen=True, slots=True)
class SealedBody:
    """See `gateway.ports.Sealed`."""

    body: bytes = field(repr=False)
    restorer: AnswerRestorer = field(repr=False)
    masked: tuple[MaskedRecord, ...]
    dropped: tuple[MaskedRecord, ...]


class PlaceholderRedactor:
    """Masks and drops by finding. Keeps no state between calls; the key decides every placeholder."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def redact(self, call: Call, identity: Identity, content: Classification, obligations: Obligations) -> SealedBody:
        """Returns the masked body. With no obligation met by a finding the body is `call.body` itself, untouched."""
        spans = _wanted(content.findings, obligations)
        wire = WIRES[call.dialect]
        if not spans:
            return SealedBody(call.body, AnswerRestorer(wire, {}), (), ())
        masking = _Masking(Placeholders(conversation_key(self._key, identity.tenant, call)))
        body = masking.apply(call, spans)
        return SealedBody(body, AnswerRestorer(wire, masking.issued), masking.masked(), masking.dropped())


def build_redactor(key: bytes) -> PlaceholderRedactor:
    """Returns a redactor. `key` is 32 secret bytes, derived from the master secret for this purpose alone."""
    return PlaceholderRedactor(key)


class _Masking:
    """The masking of one request."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._masked: dict[str, set[str]] = {}
        self._dropped: dict[str, dict[str, int]] = {}

    @property
    def issued(self) -> Mapping[str, Spelling]:
        """What each placeholder stands for."""
        return self._placeholders.issued

    def apply(self, call: Call, wanted: Mapping[int, list[Span]]) -> bytes:
        """Returns the body with every wanted span, and every further mention of its value, replaced."""
        found = {index: list(_fitted(call.leaves[index], spans)) for index, spans in wanted.items()}
        values = _values(call.leaves, found)
        mentions = Mentions(values)
        reversible = not all(claim.drop for claim in values.values())
        has_signatures = call.dialect in (Dialect.ANTHROPIC_MESSAGES, Dialect.ANTHROPIC_COUNT_TOKENS)
        replacements: list[tuple[Leaf, str]] = []
        for index, leaf in enumerate(call.leaves):
            more = mentions.find(leaf)
            if reversible and not (has_signatures and is_signed(leaf.path)):
                more += look_alikes(leaf.text)
            spans = [*found.get(index, ()), *(_fitted(leaf, more) if more else ())]
            if spans:
                replacements.append((leaf, self._rewritten(leaf, merged(spans))))
        return patch(call.body, replacements)

    def masked(self) -> tuple[MaskedRecord, ...]:
        """Distinct values masked, per type."""
        return _counted(self._masked)

    def dropped(self) -> tuple[MaskedRecord, ...]:
        """Distinct values dropped, per type."""
        return _counted(self._dropped)

    def _rewritten(self, leaf: Leaf, spans: list[Span]) -> str:
        text = leaf.text
        is_source = is_json_source(leaf.path, text)
        pieces: list[str] = []
        done = 0
        for span in spans:
            stand_in = self._stand_in(span, _spelling(text[span.start : span.end], span, is_source=is_source))
            pieces += (text[done : span.start], f'"{stand_in}"' if is_source and span.number else stand_in)
            done = span.end
        pieces.append(text[done:])
        return "".join(pieces)

    def _stand_in(self, span: Span, spelling: Spelling) -> str:
        value = canonical(short_type(span.kind), spelling.text)
        if span.drop:
            numbers = self._dropped.setdefault(span.kind, {})
            return removal_mark(span.kind, numbers.setdefault(value, len(numbers) + 1))
        if span.kind != LITERAL:
            self._masked.setdefault(span.kind, set()).add(value)
        return self._placeholders.token(span.kind, spelling)


def _wanted(findings: Iterable[Finding], obligations: Obligations) -> dict[int, list[Span]]:
    """The findings that an obligation covers, by leaf. A category to be both masked and dropped is dropped."""
    spans: dict[int, list[Span]] = {}
    for finding in findings:
        drop = finding.category in obligations.drop
        if drop or finding.category in obligations.mask:
            weight = (finding.score_milli, finding.end - finding.start)
            span = Span(finding.start, finding.end, finding.type, drop, weight)
            spans.setdefault(finding.leaf, []).append(span)
    return spans


def _fitted(leaf: Leaf, spans: Iterable[Span]) -> Iterable[Span]:
    """The spans as they can be cut out of this leaf."""
    if leaf.kind is LeafKind.NUMBER:
        return [replace(span, start=0, end=len(leaf.text), number=True) for span in spans]
    if is_json_source(leaf.path, leaf.text):
        source = JsonSource(leaf.text)
        return [part for span in spans for part in source.fit(span)]
    return spans


def _values(leaves: tuple[Leaf, ...], found: Mapping[int, Iterable[Span]]) -> dict[str, Claim]:
    """What each value counts as: the type it was found as first, and dropped when dropped anywhere."""
    values: dict[str, Claim] = {}
    for index in sorted(found):
        leaf = leaves[index]
        is_source = is_json_source(leaf.path, leaf.text)
        for span in found[index]:
            value = _spelling(leaf.text[span.start : span.end], span, is_source=is_source).text
            known = values.get(value)
            if known is None or (span.drop and not known.drop):
                values[value] = Claim(span.kind, span.drop)
    return values


def _spelling(written: str, span: Span, *, is_source: bool) -> Spelling:
    if is_source or span.number:
        return source_spelling(written, number=span.number)
    return Spelling(written, escaped(written))


def _counted(values: Mapping[str, Iterable[str]]) -> tuple[MaskedRecord, ...]:
    return tuple(MaskedRecord(kind, len(list(values[kind]))) for kind in sorted(values))
