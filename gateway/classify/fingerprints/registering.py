"""From files to fingerprints under a key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import digest_of
from gateway.classify.fingerprints.keying import FingerprintKey, Words, distinct
from gateway.classify.fingerprints.records import TableReport, table_values
from gateway.classify.fingerprints.registry import Addition
from gateway.classify.fingerprints.sources import (
    Source,
    UnreadableSource,
    columns_named,
    read_bytes,
    table_of,
    text_of,
)
from gateway.classify.fingerprints.streams import Fingerprinter

Extract = Callable[[bytes], str | None]
"""The text of a PDF, an Office document or HTML; `None` when it has none or cannot be read."""
Step = Callable[[], None]
"""Called once for every file, to show progress."""


@dataclass(slots=True)
class Report:
    """What became of the files: registered ones, and why others were not."""

    registered: int = 0
    unreadable: list[str] = field(default_factory=list)
    too_short: list[str] = field(default_factory=list)
    tables: dict[str, TableReport] = field(default_factory=dict)


class Registrar:
    """Makes additions of files with one key."""

    def __init__(self, key: FingerprintKey, extract: Extract, now_ms: int) -> None:
        """`extract` is asked for the text of files that are no UTF-8 text or look like HTML."""
        self._key = key
        self._fingerprinter = Fingerprinter(key)
        self._extract = extract
        self._now_ms = now_ms

    def additions(
        self, owner: str, sources: Iterable[Source], alone: Sequence[str], report: Report, step: Step
    ) -> list[Addition]:
        """Returns what can be registered, and tells the rest to the report.

        Raises:
            UnreadableSource: a table cannot be read as one, or lacks a column of `alone`.
        """
        made: list[Addition] = []
        for source in sources:
            addition = self._addition(owner, source, alone, report)
            made += [addition] if addition is not None else []
            step()
        report.registered += len(made)
        return made

    def public(self, paths: Iterable[Path], step: Step) -> Words:
        """Returns the fingerprints of files that anybody may have. What cannot be read is left out."""
        parts = [np.zeros(0, np.uint64)]
        for path in paths:
            text = _text_or_none(path)
            if text is not None:
                parts.append(self._fingerprinter.values_of(text, is_code=True))
            step()
        return distinct(np.concatenate(parts))

    def _addition(self, owner: str, source: Source, alone: Sequence[str], report: Report) -> Addition | None:
        try:
            content = read_bytes(source.path)
        except UnreadableSource:
            report.unreadable.append(source.name)
            return None
        text = self._text(source, content)
        if text is None:
            report.unreadable.append(source.name)
            return None
        values = self._values(source, text, alone, report)
        if not values.size:
            report.too_short.append(source.name)
            return None
        digest = hmac.new(self._key.metadata_key, content, hashlib.sha256).hexdigest()
        count = int(values.size)
        document = Registered(owner, source.name, source.kind, self._now_ms, digest, digest_of(values), count)
        return Addition(document, values)

    def _text(self, source: Source, content: bytes) -> str | None:
        """UTF-8 text as it is; what is written for a program that shows it, as that shows it."""
        text = text_of(content)
        if text is None or (source.kind is Kind.DOCUMENT and not source.is_tracked):
            return self._extract(content) or text
        return text

    def _values(self, source: Source, text: str, alone: Sequence[str], report: Report) -> Words:
        if source.kind is not Kind.TABLE:
            return self._fingerprinter.values_of(text, is_code=source.kind is Kind.CODE)
        table = table_of(text)
        values, report.tables[source.name] = table_values(table.rows, columns_named(table, alone), self._fingerprinter)
        return values


def _text_or_none(path: Path) -> str | None:
    try:
        return text_of(read_bytes(path))
    except UnreadableSource:
        return None
