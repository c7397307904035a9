"""The detector of what was registered, over an index that may be replaced while it works."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.index_file import IndexDamaged, KeyOf, open_index, tenant_key
from gateway.classify.fingerprints.matching import ENOUGH, RULE, TOKEN_WORTH, Match, registered, score_milli
from gateway.classify.fingerprints.records import find_rows
from gateway.classify.fingerprints.streams import METHOD, Fingerprinter
from gateway.errors import StartupError

NAME = "fingerprints"
TYPES = {
    Kind.CODE: "REGISTERED_CODE",
    Kind.DOCUMENT: "REGISTERED_DOCUMENT",
    Kind.TABLE: "REGISTERED_RECORD",
}
RECORD_SCORE_MILLI = 950
"""Exact values, but of two cells only."""
_SHORTEST_ROW = 6
_SHORTEST_STRETCH = ENOUGH // TOKEN_WORTH
"""Code points; a shorter text can hold no pair of cells, or no covered stretch."""
_REFRESH_S = 1.0
_LOG = logging.getLogger(__name__)


class FingerprintDetector:
    """Finds stretches of registered code and documents, and rows of registered tables. Pure per passage and index."""

    name = NAME

    def __init__(self, index: Index, fingerprinter: Fingerprinter) -> None:
        """Looks up in this index; the fingerprinter has the key of its tenant."""
        self._index = index
        self._fingerprinter = fingerprinter
        self._is_doubtful = False

    @property
    def root(self) -> str:
        """The Merkle root of the index in use, hexadecimal."""
        return self._index.root

    @property
    def revision(self) -> str:
        """Changes whenever the same text could be found otherwise: part of the key of any kept result."""
        return f"{NAME}/{METHOD}/{RULE}/{self._index.root}"

    def use(self, index: Index) -> None:
        """Looks up in another index from now on; what is being read goes on with the old one."""
        self._index, self._is_doubtful = index, False

    def doubt(self) -> None:
        """Finds nothing any more, but fails, until there is another index: the mapped file was written over."""
        self._is_doubtful = True

    def may_find(self, passage: Passage) -> bool:
        """Whether the passage is long enough for anything, and anything is registered."""
        return self._is_doubtful or len(passage.text) >= _shortest(self._index)

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the covered stretches and the rows. Linear in the text.

        Raises:
            IndexDamaged: the index in use is not to be trusted any more.
        """
        index = self._index
        if self._is_doubtful:
            raise IndexDamaged("the file was written over while it was in use")
        if len(passage.text) < _shortest(index):
            return []
        budget.check()
        reading = self._fingerprinter.normal(passage.text)
        spans: list[Span] = []
        if index.kinds != {Kind.TABLE} and len(passage.text) >= _SHORTEST_STRETCH:
            found = registered(passage.text, reading, self._fingerprinter, index)
            spans += [_span(match, index) for match in found]
        if Kind.TABLE in index.kinds:
            budget.check()
            rows = find_rows(*reading, self._fingerprinter, index)
            spans += [Span(begin, end, TYPES[Kind.TABLE], RECORD_SCORE_MILLI) for begin, end in rows]
        return spans


def _shortest(index: Index) -> float:
    """The fewest code points in which anything can be found; infinitely many where nothing is registered."""
    if not index.kinds:
        return math.inf
    return _SHORTEST_ROW if Kind.TABLE in index.kinds else _SHORTEST_STRETCH


def _span(match: Match, index: Index) -> Span:
    return Span(match.begin, match.end, TYPES[index.documents[match.document].kind], score_milli(match.worth))


class IndexWatch:
    """Keeps a detector at what its file says. A new file that cannot be trusted leaves the detector as it was.

    A file that was written over in place changes under the detector, which then fails: the call counts as regulated.
    """

    def __init__(self, path: Path, key_of: KeyOf) -> None:
        """Opens the file.

        Raises:
            StartupError: it is missing or cannot be trusted; nothing may be served without it.
        """
        self._path = path
        self._key_of = key_of
        try:
            self._seen = self._stamp()
            index = open_index(path, key_of)
        except (OSError, IndexDamaged) as error:
            raise StartupError(f"fingerprints: {_reason(error)}") from None
        self.detector = FingerprintDetector(index, Fingerprinter(key_of(index.tenant)))
        self._tenant, self._mapped = index.tenant, self._seen[0]
        self.failed = ""

    async def watch(self) -> None:
        """Keeps the detector at the newest file until cancelled. Run one, for the life of the process."""
        while True:
            await asyncio.sleep(_REFRESH_S)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> bool:
        """Opens the file again when it was replaced; returns whether the detector changed. Blocks.

        `failed` says why the newest file is not in use, or is empty.
        """
        try:
            stamp = self._stamp()
        except OSError as error:
            return self._keep(_reason(error))
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            index = open_index(self._path, self._key_of)
        except (OSError, IndexDamaged) as error:
            if stamp[0] == self._mapped:  # no other file can have this inode while it is mapped
                self.detector.doubt()
            return self._keep(_reason(error))
        if index.tenant != self._tenant:
            return self._keep("it belongs to another tenant")
        self.failed, self._mapped = "", stamp[0]
        self.detector.use(index)
        _LOG.info("fingerprints: now %d documents, root %s", len(index.documents), index.root)
        return True

    def _keep(self, reason: str) -> bool:
        if reason != self.failed:
            _LOG.error("fingerprints: the new file is not used: %s; the old index stays in use", reason)
        self.failed = reason
        return False

    def _stamp(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size


def _reason(error: OSError | IndexDamaged) -> str:
    return f"cannot read the file ({error.strerror})" if isinstance(error, OSError) else str(error)


def open_watch(path: Path | None, derive: Callable[[str], bytes]) -> IndexWatch | None:
    """Returns the watch over the configured index, or `None` where none is configured.

    Raises:
        StartupError: the file is missing or cannot be trusted.
    """
    return None if path is None else IndexWatch(path, tenant_key(derive))
