"""The child process that evaluates Rego. Started by `EngineProcess`, never imported: it is the only module with regopy.

It knows the standard library and regopy alone, because regopy brings its own allocator for the whole process it is in
(see docs/decisions/004-embedded-rego.md). Standard input is a socket to the parent. Every message is four bytes of
length, big-endian, and JSON:

    parent  {"modules": {path: text}, "data": text, "entrypoints": [path],
             "start_s": seconds, "answer_s": seconds, "resident_mb": MB}
    worker  {"id": 0, "compiled": bool}                      and ends when it is false
    parent  {"id": n, "entrypoint": path, "input": document}
    worker  {"id": n, "values": [value]}                     no value: undefined
            {"id": n, "failed": true}                        the engine refused the question

It ends when the socket closes, when one message takes longer than its limit (by SIGALRM, which also stops the engine's
own code), and when it holds more memory than it may. It never writes anything else anywhere.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

import regopy
from regopy import RegoError

_CHANNEL = 0
_LENGTH = struct.Struct(">I")
_WATCH_S = 0.1
_OVER_MEMORY = 3


class _Bundle(TypedDict):
    modules: dict[str, str]
    data: str
    entrypoints: list[str]
    start_s: float
    answer_s: float
    resident_mb: int


class _Question(TypedDict):
    id: int
    entrypoint: str
    input: dict[str, object]


class _Guard:
    """Ends the process when a message takes too long or too much memory."""

    def __init__(self, resident_mb: int) -> None:
        self._resident_mb = resident_mb
        self._busy = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Within, the process lives for at most these seconds."""
        signal.setitimer(signal.ITIMER_REAL, seconds)
        self._busy.set()
        try:
            yield
        finally:
            self._busy.clear()
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _watch(self) -> None:
        """Resource limits cannot do this: the allocator reserves 256 GB of addresses and uses few of them."""
        while self._busy.wait():
            time.sleep(_WATCH_S)
            if _resident_mb() > self._resident_mb:
                os._exit(_OVER_MEMORY)


def main() -> None:
    """Compiles one bundle and answers until the parent hangs up."""
    _settle()
    bundle: _Bundle = json.loads(_receive())
    guard = _Guard(bundle["resident_mb"])
    with guard.limited(bundle["start_s"]):
        compiled = _compile(bundle)
    _send({"id": 0, "compiled": compiled is not None})
    if compiled is None:
        return
    interpreter = _interpreter()
    while True:
        question: _Question = json.loads(_receive())
        with guard.limited(bundle["answer_s"]):
            answer = _answer(interpreter, compiled, question)
        _send(answer)


def _settle() -> None:
    """The parent ends this process, not a terminal; it leaves no core file, and is the first to go without memory."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123  (pathlib costs memory)
            file.write("1000")
    except OSError:
        return


def _resident_mb() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  (pathlib costs memory)
            return int(file.read().split()[1]) * resource.getpagesize() // 2**20
    except OSError:
        return 0


def _compile(bundle: _Bundle) -> regopy.Bundle | None:
    interpreter = _interpreter()
    try:
        interpreter.add_data_json(bundle["data"])
        for name, text in bundle["modules"].items():
            interpreter.add_module(name, text)
        compiled = interpreter.build(None, bundle["entrypoints"])
    except (RegoError, ValueError):
        return None
    return compiled if compiled.ok() else None


def _interpreter() -> regopy.Interpreter:
    interpreter = regopy.Interpreter()
    interpreter.strict_built_in_errors = True
    return interpreter


def _answer(interpreter: regopy.Interpreter, compiled: regopy.Bundle, question: _Question) -> dict[str, object]:
    failed: dict[str, object] = {"id": question["id"], "failed": True}
    try:
        interpreter.set_input(regopy.Input(question["input"]))
        output = interpreter.query_bundle_entrypoint(compiled, question["entrypoint"])
    except (RegoError, ValueError):
        return failed
    if not output.ok():
        return failed
    return {"id": question["id"], "values": [value for result in output.results for value in result.expressions]}


def _receive() -> bytes:
    return _read(_LENGTH.unpack(_read(_LENGTH.size))[0])


def _read(size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = os.read(_CHANNEL, size)
        if not piece:
            sys.exit(0)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _send(message: dict[str, object]) -> None:
    body = json.dumps(message).encode()
    rest = _LENGTH.pack(len(body)) + body
    while rest:
        rest = rest[os.write(_CHANNEL, rest) :]


if __name__ == "__main__":
    try:
        main()
    except OSError:  # the parent is gone
        sys.exit(0)
