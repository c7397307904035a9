"""Documents read in a process of their own: bounded in time and memory, and no danger to the gateway when they are not.

Why a process: a parser can be stopped from outside only there. A reader that hangs, eats memory or dies costs the
process, and the document stays opaque.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass

import orjson

from gateway.classify.documents.extracted import LARGEST_BYTES, NOTHING, Extracted, Unreadable
from gateway.classify.documents.formats import extract, is_harmless, is_too_small

_LENGTH = struct.Struct(">I")
_INHERITED = ("LD_LIBRARY_PATH",)
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


class _Silent(Exception):
    """The child is gone, does not answer in time, or does not answer in form."""


class ReadingProcess:
    """One child that reads one document at a time, replaced when it died. Safe to share between threads."""

    def __init__(self, limits: ReadingLimits | None = None) -> None:
        """Starts nothing yet: most gateways never see a PDF."""
        self._limits = limits or ReadingLimits()
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._ending: weakref.finalize[[], ReadingProcess] | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, while one runs."""
        return self._child.pid if self._child is not None and self._child.alive else None

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
            self._end()

    def _asked(self, content: bytes, seconds: float) -> Extracted:
        allowed_s = self._limits.seconds if self._is_started else self._limits.start_s
        deadline_s = time.monotonic() + min(seconds, allowed_s)
        try:
            link = self._link()
            link.settimeout(min(seconds, allowed_s))
            link.sendall(_LENGTH.pack(len(content)) + content)
            return _answer(link, deadline_s)
        except (_Silent, OSError) as error:
            _LOG.warning("a document could not be read: %s", type(error).__name__)
            self._end()
            raise DocumentLost(is_its_fault=seconds >= allowed_s) from None

    @property
    def _is_started(self) -> bool:
        return self._child is not None and self._child.alive

    def _link(self) -> socket.socket:
        if self._child is None or not self._child.alive:
            self._end()
            self._child = _Child(self._limits)
            self._ending = weakref.finalize(self, self._child.close)
        return self._child.link

    def _end(self) -> None:
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None


class _Child:
    """A started process and the socket to it."""

    def __init__(self, limits: ReadingLimits) -> None:
        """Starts it, isolated: neither the environment nor the working directory chooses its code."""
        module = "gateway.classify.documents.worker"
        command = (sys.executable, "-I", "-m", module, str(limits.seconds), str(limits.memory_mb))
        self.link, theirs = socket.socketpair()
        with theirs:
            self._process = self._started(command, theirs)

    def _started(self, command: tuple[str, ...], theirs: socket.socket) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        try:
            return subprocess.Popen(  # noqa: S603  (a fixed command without a shell)
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
            )
        except OSError:
            self.link.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the process. May be called twice. Blocks for about a millisecond."""
        self._process.kill()
        self._process.wait()
        self.link.close()


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


def _received(link: socket.socket, size: int, deadline_s: float) -> bytes:
    pieces: list[bytes] = []
    while size:
        link.settimeout(max(0.001, deadline_s - time.monotonic()))
        piece = link.recv(min(size, 1 << 20))
        if not piece:
            raise _Silent
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _answer(link: socket.socket, deadline_s: float) -> Extracted:
    size = int(_LENGTH.unpack(_received(link, _LENGTH.size, deadline_s))[0])
    if size > _ANSWER_BYTES:
        raise _Silent
    return _read_answer(_received(link, size, deadline_s))


def _read_answer(body: bytes) -> Extracted:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Silent from None
    if answer is None:
        return NOTHING
    texts = answer["texts"] if isinstance(answer, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _Silent
    return Extracted(tuple(texts), complete=answer.get("complete") is True)
