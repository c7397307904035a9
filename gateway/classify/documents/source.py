"""Documents inside the strings of a call, as further texts of them; and which of them hold nothing else.

A document is a whole string (`data:` or plain base64, as in `file_data`, `image_url` and the sources of blocks) or a
long run of base64 inside a text. What was read is remembered for a while: a conversation sends it again and again.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata

from gateway.classify.detector import Budget
from gateway.classify.documents.extracted import NOTHING, Extracted
from gateway.classify.documents.formats import SMALL_BYTES, is_picture
from gateway.classify.documents.letters import LetterReader
from gateway.classify.documents.reading import DocumentLost, ReadingProcess
from gateway.classify.opaque import ENCODED_LENGTH, may_have_run
from gateway.classify.view import View
from routers.types import Leaf, LeafKind

NAME = "documents"
VIEW = "document"
_DATA_URI = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_RUN = re.compile(rf"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{{{ENCODED_LENGTH},}}={{0,2}}")
_WHOLE = re.compile(r"[A-Za-z0-9+/_\-\s]{16,}={0,2}\s*")
_URL_SAFE = str.maketrans("-_", "+/")
_PAYLOAD_FIELDS = frozenset(("data", "file_data"))
_REMEMBERED = 64
_REMEMBERED_CHARACTERS = 8 * 1024 * 1024
_MOST_RUNS = 64
_HOPELESS = Extracted((), complete=False)
"""Remembered of a document that had its time and gave no answer, so that it does not take that time again."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document stands in a text."""

    begin: int
    end: int
    encoded: str


class DocumentSource:
    """Satisfies `gateway.classify.views.source.ViewSource`. Safe to share between threads."""

    name = NAME

    def __init__(self, process: ReadingProcess, letters: LetterReader | None = None) -> None:
        """`letters` reads pictures, where it is installed and wanted."""
        self._process = process
        self._letters = letters
        self._memory = _Memory()
        self._version = metadata.version("pypdf")

    @property
    def revision(self) -> str:
        """Changes with what is read at all."""
        return f"{NAME}/1/{self._version}/{self._letters.languages if self._letters else ''}"

    def views(self, leaf: Leaf, budget: Budget) -> Iterable[View]:
        """Yields the texts of the documents in a leaf, each standing for the whole stretch of its document.

        Raises:
            BudgetSpent, DocumentLost: a document was not read that may hold anything.
        """
        for place in _places(leaf):
            for text in self._extracted(place.encoded, budget).texts:
                yield View(VIEW, text, place.begin, place.end)

    def is_read(self, leaf: Leaf, budget: Budget) -> bool:
        """Returns whether the leaf is one document, all of which is in its texts: then it is not opaque.

        Raises what `views` raises.
        """
        places = _places(leaf)
        whole = len(places) == 1 and not leaf.text[: places[0].begin] and not leaf.text[places[0].end :].strip()
        return whole and self._extracted(places[0].encoded, budget).complete

    def close(self) -> None:
        """Ends the process that reads documents."""
        self._process.close()

    def _extracted(self, encoded: str, budget: Budget) -> Extracted:
        digest = hashlib.blake2b(encoded.encode(), digest_size=16).digest()
        known = self._memory.recall(digest)
        if known is None:
            budget.check()
            known = self._read(encoded, budget.deadline_s - budget.monotonic_s())
            self._memory.keep(digest, known)
        if known is _HOPELESS:
            raise DocumentLost(is_its_fault=True)
        return known

    def _read(self, encoded: str, seconds: float) -> Extracted:
        content = _decoded(encoded)
        if content is None:
            return NOTHING
        if is_picture(content):
            # Small requests are read on the event loop, where no program may be waited for.
            return self._letters.read(content, seconds) if self._letters and len(content) > SMALL_BYTES else NOTHING
        try:
            return self._process.extract(content, seconds)
        except DocumentLost as lost:
            if lost.is_its_fault:
                return _HOPELESS
            raise


class _Memory:
    """The texts of the documents read last, by digest, within a bound."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Extracted] = OrderedDict()
        self._characters = 0

    def recall(self, digest: bytes) -> Extracted | None:
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
            return self._known.get(digest)

    def keep(self, digest: bytes, extracted: Extracted) -> None:
        with self._lock:
            if digest in self._known:
                return
            self._known[digest] = extracted
            self._characters += _size(extracted)
            while len(self._known) > _REMEMBERED or self._characters > _REMEMBERED_CHARACTERS:
                _, oldest = self._known.popitem(last=False)
                self._characters -= _size(oldest)


def _size(extracted: Extracted) -> int:
    return sum(map(len, extracted.texts))


def _places(leaf: Leaf) -> list[_Place]:
    """The documents in a leaf. Depends on its text and the last step of its path alone."""
    text = leaf.text
    if leaf.kind is not LeafKind.STRING or len(text) < 16:
        return []
    uri = _DATA_URI.match(text)
    begin = uri.end() if uri else 0
    is_payload = uri is not None or (bool(leaf.path) and leaf.path[-1] in _PAYLOAD_FIELDS)
    if is_payload and _WHOLE.fullmatch(text, begin):
        return [_Place(0, len(text), text[begin:])]
    return list(_runs(text))


def _runs(text: str) -> Iterator[_Place]:
    if not may_have_run(text):
        return
    for number, run in enumerate(_RUN.finditer(text)):
        if number >= _MOST_RUNS:
            return
        uri = _uri_before(text, run.start())
        yield _Place(uri, run.end(), run.group())


def _uri_before(text: str, at: int) -> int:
    """Where the `data:` that leads to this place begins, or the place itself."""
    lead = text.rfind("data:", max(0, at - 220), at)
    match = _DATA_URI.match(text, lead) if lead >= 0 else None
    return lead if match is not None and match.end() == at else at


def _decoded(encoded: str) -> bytes | None:
    bare = "".join(encoded.split()).rstrip("=").translate(_URL_SAFE)
    try:
        return binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
    except binascii.Error:
        return None
