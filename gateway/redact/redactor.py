"""What must not leave: masked so that it comes back, or gone for good.

Only leaves that hold something to mask change; a body with nothing to mask is the caller's own object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.conversation import conversation_key
from gateway.redact.answer_scan import AnswerScan, TextReader
from gateway.redact.masking import Masking
from gateway.redact.note import with_note
from gateway.redact.restore import AnswerRestorer
from gateway.redact.spans import Span
from gateway.redact.substitution import Substitution
from gateway.redact.tools import Withheld
from gateway.redact.values import Spelling
from gateway.types import (
    Call,
    Category,
    Classification,
    Finding,
    Identity,
    Issued,
    MaskedRecord,
    Obligations,
    Strategy,
)
from routers.wire import WIRES
from routers.wire.json_leaves import patch

FurtherCategories = Callable[[str], frozenset[Category]]
"""Of a type: the categories of its findings beside their own. A national id of China is personal data of China, too."""


def _no_further(_: str) -> frozenset[Category]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class SealedBody:
    """See `gateway.ports.Sealed`."""

    body: bytes = field(repr=False)
    restorer: AnswerRestorer = field(repr=False)
    masked: tuple[MaskedRecord, ...]
    dropped: tuple[MaskedRecord, ...]
    issued: tuple[Issued, ...] = field(default=(), repr=False)


class PlaceholderRedactor:
    """Masks and drops by finding. Keeps no state between calls; the key decides every stand-in."""

    def __init__(
        self,
        key: bytes,
        reader: TextReader | None = None,
        *,
        further: FurtherCategories = _no_further,
        note: bool = False,
    ) -> None:
        self._key = key
        self._reader = reader
        self._further = further
        self._note = note

    def redact(self, call: Call, identity: Identity, content: Classification, obligations: Obligations) -> SealedBody:
        """Returns the masked body. With no obligation met by a finding the body is `call.body` itself, untouched."""
        spans = _wanted(content.findings, obligations, self._further)
        wire, scan = WIRES[call.dialect], self._scan(call, obligations)
        earlier = _earlier(call)
        if not spans:
            restorer = AnswerRestorer(wire, Substitution(earlier), scan, Withheld(obligations.withheld_tools))
            return SealedBody(call.body, restorer, (), (), _issued(earlier))
        masking = Masking(conversation_key(self._key, identity.tenant, call), call, spans, earlier)
        body = patch(call.body, masking.replacements())
        if self._note and not masking.substitution.empty:
            body = with_note(body, call.dialect)
        restorer = AnswerRestorer(wire, masking.substitution, scan, Withheld(obligations.withheld_tools))
        return SealedBody(body, restorer, masking.masked(), masking.dropped(), _issued(masking.issued))

    def _scan(self, call: Call, obligations: Obligations) -> AnswerScan | None:
        return AnswerScan(self._reader, obligations.answer_drop, call.leaves) if obligations.answer_drop else None


def build_redactor(
    key: bytes, reader: TextReader | None = None, *, further: FurtherCategories = _no_further, note: bool = False
) -> PlaceholderRedactor:
    """Returns a redactor.

    `key` is 32 secret bytes, derived from the master secret for this purpose alone. `reader` reads answers where policy
    says that something must be removed from them; without one such an answer is refused. `further` are the categories
    of a type beside that of its findings: whoever masks one of them masks the finding. With `note`, a request in which
    something was masked tells the model how placeholders look.
    """
    return PlaceholderRedactor(key, reader, further=further, note=note)


def _earlier(call: Call) -> dict[str, Spelling]:
    """What was issued in the state that the call builds on: it may come back in any answer."""
    known = () if call.memory is None else call.memory.issued
    return {one.token: Spelling(one.text, one.json, number=one.number) for one in known}


def _issued(spellings: Mapping[str, Spelling]) -> tuple[Issued, ...]:
    return tuple(Issued(token, one.text, one.json, number=one.number) for token, one in spellings.items())


def _wanted(findings: Iterable[Finding], obligations: Obligations, further: FurtherCategories) -> dict[int, list[Span]]:
    """The findings that an obligation covers, by leaf. A category to be both masked and dropped is dropped."""
    spans: dict[int, list[Span]] = {}
    strategies: dict[tuple[str, Category], Strategy | None] = {}
    for finding in findings:
        kind = finding.type, finding.category
        if kind not in strategies:
            strategies[kind] = _strategy(finding, obligations, further(finding.type) | {finding.category})
        strategy = strategies[kind]
        if strategy is not None:
            weight = (finding.score_milli, finding.end - finding.start)
            span = Span(finding.start, finding.end, finding.type, strategy, weight)
            spans.setdefault(finding.leaf, []).append(span)
    return spans


def _strategy(finding: Finding, obligations: Obligations, categories: frozenset[Category]) -> Strategy | None:
    """A credential is never given a stand-in, whatever policy says: what comes back could be asked for."""
    if not categories.isdisjoint(obligations.drop):
        return Strategy.DROP
    if categories.isdisjoint(obligations.mask):
        return None
    if finding.category is Category.CREDENTIAL:
        return Strategy.DROP
    return obligations.strategies.get(finding.type, Strategy.PLACEHOLDER)
