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


class _Lost(Exception):
    """The process is gone or does not answer in time."""


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
        """Returns the texts; `NOTHING` when they cannot be had within these seconds or the limits. Blocks.

        Text is read at once, in this process; what unpacks or is programmed, by the child.
        """
        if len(content) > LARGEST_BYTES:
            return NOTHING
        if is_too_small(content):
            return NOTHING
        if is_harmless(content):
            return _simple(content)
        patience_s = min(seconds, self._limits.seconds)
        if patience_s <= 0 or not self._turn.acquire(timeout=patience_s):
            return NOTHING
        try:
            return self._asked(content, patience_s)
        except (_Lost, OSError) as error:
            _LOG.warning("a document could not be read: %s", type(error).__name__)
            self._end()
            return NOTHING
        finally:
            self._turn.release()

    def close(self) -> None:
        """Ends the child. May be called twice."""
        with self._turn:
            self._end()

    def _asked(self, content: bytes, patience_s: float) -> Extracted:
        link = self._link()
        deadline_s = time.monotonic() + patience_s
        link.settimeout(patience_s)
        link.sendall(_LENGTH.pack(len(content)) + content)
        size = int(_LENGTH.unpack(_received(link, _LENGTH.size, deadline_s))[0])
        if size > _ANSWER_BYTES:
            raise _Lost
        return _read_answer(_received(link, size, deadline_s))

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


def plain_text(content: bytes) -> str | None:
    """Returns the text of a document, or `None` when it has none that can be read. For commands: starts a process."""
    process = ReadingProcess()
    try:
        texts = process.extract(content, ReadingLimits().start_s).texts
    finally:
        process.close()
    return "\n".join(texts) or None


def _simple(content: bytes) -> Extracted:
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
            raise _Lost
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _read_answer(body: bytes) -> Extracted:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Lost from None
    if answer is None:
        return NOTHING
    texts = answer["texts"] if isinstance(answer, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _Lost
    return Extracted(tuple(texts), complete=answer.get("complete") is True)
