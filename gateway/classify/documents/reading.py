"""Documents read in a process of their own: bounded in time and memory, and no danger to the gateway when they are not.

Why a process: a parser can be stopped from outside only there. A reader that hangs, eats memory or dies costs the
process, and the document stays opaque.
"""

from __future__ import annotations

import logging
import sys
import threading
from dataclasses import dataclass

import orjson

from gateway.child import ChildSilent, KeptChild
from gateway.classify.documents.extracted import LARGEST_BYTES, NOTHING, Extracted, Unreadable
from gateway.classify.documents.formats import extract, is_harmless, is_too_small

_ANSWER_BYTES = 64 * 1024 * 1024
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Bounds of one document: seconds, and address space of the process that reads it."""

    seconds: float = 3.0
    start_s: float = 10.0
    memory_mb: int = 1024


class DocumentLost(Exception):
    """No answer about a document: the process died, or time ran out. Another try might give its text.

    So this must not read as "nothing in there", and nothing may be remembered from it.
    """

    def __init__(self, *, is_its_fault: bool) -> None:
        """`is_its_fault` when the document had all the time that a document may have."""
        super().__init__("a document could not be read in time")
        self.is_its_fault = is_its_fault


class ReadingProcess:
    """One child that reads one document at a time, replaced when it died. Safe to share between threads."""

    def __init__(self, limits: ReadingLimits | None = None) -> None:
        """Starts nothing yet: most gateways never see a PDF."""
        self._limits = limits or ReadingLimits()
        self._turn = threading.Lock()
        module = "gateway.classify.documents.worker"
        bounds = (str(self._limits.seconds), str(self._limits.memory_mb))
        self._child = KeptChild((sys.executable, "-I", "-m", module, *bounds))

    @property
    def pid(self) -> int | None:
        """Of the child, while one runs."""
        return self._child.pid

    def extract(self, content: bytes, seconds: float) -> Extracted:
        """Returns the texts; `NOTHING` for a document that is sealed, damaged, too large or of no kind that is read.

        Text is read at once, in this process; what unpacks or is programmed, by the child. Blocks.

        Raises:
            DocumentLost: there is no answer within these seconds or the limits.
        """
        if len(content) > LARGEST_BYTES or is_too_small(content):
            return NOTHING
        if is_harmless(content):
            return _read_here(content)
        if seconds <= 0 or not self._turn.acquire(timeout=seconds):
            raise DocumentLost(is_its_fault=False)
        try:
            return self._asked(content, seconds)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Ends the child. May be called twice."""
        with self._turn:
            self._child.end()

    def _asked(self, content: bytes, seconds: float) -> Extracted:
        allowed_s = self._limits.seconds if self._child.runs else self._limits.start_s
        try:
            child = self._child.running()
            return _read_answer(child.ask(content, limit_bytes=_ANSWER_BYTES, seconds=min(seconds, allowed_s)))
        except (ChildSilent, OSError) as error:
            _LOG.warning("a document could not be read: %s", type(error).__name__)
            self._child.end()
            raise DocumentLost(is_its_fault=seconds >= allowed_s) from None


def plain_text(process: ReadingProcess, content: bytes) -> str | None:
    """Returns the text of a document, or `None` when it has none that can be read. For commands. Blocks."""
    try:
        texts = process.extract(content, ReadingLimits().start_s).texts
    except DocumentLost:
        return None
    return "\n".join(texts) or None


def _read_here(content: bytes) -> Extracted:
    try:
        return extract(content)
    except Unreadable:
        return NOTHING


def _read_answer(body: bytes) -> Extracted:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ChildSilent from None
    if answer is None:
        return NOTHING
    texts = answer["texts"] if isinstance(answer, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ChildSilent
    return Extracted(tuple(texts), complete=answer.get("complete") is True)
