"""The child process that reads documents. Started by `ReadingProcess`, never imported by the gateway.

Standard input is a socket to the parent. A question is four bytes of length, big-endian, and a document; an answer is
four bytes of length and JSON: `{"texts": [...], "complete": bool}`, or `null` for a document that cannot be read. The
process ends when the socket closes, when one document takes longer than it may (SIGALRM), or asks for more memory or
CPU time than it may (resource limits). It opens no file and no connection.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import struct
import sys
import warnings

from gateway.classify.documents.extracted import Unreadable
from gateway.classify.documents.formats import extract

_CHANNEL = 0
_LENGTH = struct.Struct(">I")


def main(seconds: float, memory_mb: int) -> None:
    """Answers until the parent hangs up."""
    _settle(memory_mb)
    while True:
        content = _read(_LENGTH.unpack(_read(_LENGTH.size))[0])
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = json.dumps(_answer(content)).encode()  # out of memory ends the process: what it held may be broken
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(_LENGTH.pack(len(answer)) + answer)


def _answer(content: bytes) -> dict[str, object] | None:
    try:
        extracted = extract(content)
    except (Unreadable, RecursionError):
        return None
    return {"texts": extracted.texts, "complete": extracted.complete}


def _settle(memory_mb: int) -> None:
    """The parent ends this process, not a terminal; it writes nothing, opens nothing, and leaves no core file."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    logging.disable()
    warnings.simplefilter("ignore")
    _load()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _load() -> None:
    """Imports the readers before the limits hold."""
    from gateway.classify.documents import office, pdf, rich_text  # noqa: F401, PLC0415


def _read(size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = os.read(_CHANNEL, min(size, 1 << 20))
        if not piece:
            sys.exit(0)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _write(rest: bytes) -> None:
    while rest:
        rest = rest[os.write(_CHANNEL, rest) :]


if __name__ == "__main__":
    try:
        main(float(sys.argv[1]), int(sys.argv[2]))
    except OSError:  # the parent is gone
        sys.exit(0)
