"""The child process that reads names with a large model. Started by `ModelProcess`, never imported by the gateway.

Only here and in `reading.py`, which it loads, is torch. Arguments: directory, hash of its manifest, memory in MB.
Standard input is a socket to the parent; a message is four bytes of length, big-endian, and JSON. The first says
whether the model is loaded (`true` or `false`); a text (a string) is answered by `[[start, end, type, thousandths]]`.

It ends when the socket closes, when it holds too much memory, and on any error. It opens no connection: the libraries
are told so, and Python refuses.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Final, Protocol

from gateway.classify.names.large.manifest import WrongFiles, manifest_sha256

_LENGTH: Final = struct.Struct(">I")
_WATCH_S: Final = 0.1
_OVER_MEMORY: Final = 3
_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")
_CALLS_OUT: Final = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")


class Reading(Protocol):
    """What reads names; `gateway.classify.names.large.reading` makes one."""

    def names(self, text: str) -> list[tuple[int, int, str, int]]:
        """Returns start, end, type and thousandths of each name."""
        ...


def main(directory: str, pinned: str, resident_mb: int) -> None:
    """Loads the model and reads until the parent hangs up."""
    _settle()
    threading.Thread(target=_watch, args=(resident_mb,), daemon=True).start()
    reading = _load(Path(directory), pinned)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # before a prompt comes; loading torch probes for a folder
    with socket.socket(fileno=0) as link, link.makefile("rwb") as stream:
        answer: object = reading is not None
        while True:
            body = json.dumps(answer).encode()
            stream.write(_LENGTH.pack(len(body)) + body)
            stream.flush()
            length = stream.read(_LENGTH.size)
            if reading is None or len(length) < _LENGTH.size:
                return
            answer = reading.names(json.loads(stream.read(_LENGTH.unpack(length)[0])))


def _load(directory: Path, pinned: str) -> Reading | None:
    """Returns the model, or `None` when the files are not the pinned ones or are no model for names."""
    try:
        if manifest_sha256(directory) != pinned:
            return None
        reading: Reading = importlib.import_module("gateway.classify.names.large.reading").load_reading(directory)
    except (WrongFiles, ImportError, OSError, ValueError, LookupError, RuntimeError):
        return None
    return reading


def _settle() -> None:
    """The parent ends this process, not a terminal; it leaves no core file and calls nobody."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    logging.disable()
    warnings.simplefilter("ignore")
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    sys.addaudithook(refuse_calls)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse_calls(event: str, _arguments: tuple[object, ...]) -> None:
    """An audit hook that refuses connections. The socket to the parent is open already."""
    if event in _CALLS_OUT:
        raise PermissionError("this process opens no connection")


def _watch(resident_mb: int) -> None:
    """Address space cannot be the limit: torch reserves far more than it uses."""
    while (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() >> 20
        <= resident_mb
    ):
        time.sleep(_WATCH_S)
    os._exit(_OVER_MEMORY)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except OSError:  # the parent is gone
        sys.exit(0)
