"""The parent's side of the child that holds a large model: one text at a time, started again with back-off."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.child import Child, ChildSilent, KeptChild
from gateway.classify.names.model import Name

WORKER: Final = (sys.executable, "-I", "-m", "gateway.classify.names.large.worker")
_TYPES: Final = frozenset(("PERSON", "LOCATION", "ORGANIZATION"))
_ANSWER_BYTES: Final = 4 * 1024 * 1024
_LONGEST_PAUSE_S: Final = 60.0
_LONE: Final = re.compile("[\ud800-\udfff]")
_LOG = logging.getLogger(__name__)


class ModelUnavailable(Exception):
    """The model did not answer: loading, too slow, gone, or nonsense. The text counts as not read."""


@dataclass(frozen=True, slots=True)
class ModelOrder:
    """Which model, and what it may take: seconds for one text and for loading, memory, first pause before a restart."""

    directory: str
    manifest_sha256: str
    answer_s: float = 5.0
    resident_mb: int = 4096
    start_s: float = 120.0
    pause_s: float = 1.0


class ModelProcess:
    """One child that reads one text at a time. Safe to share between threads."""

    def __init__(self, order: ModelOrder, *, command: Sequence[str] = WORKER) -> None:
        """`command` starts the child: something that speaks as `worker.py` does. Starts nothing yet."""
        self._order = order
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._child = KeptChild((*command, order.directory, order.manifest_sha256, str(order.resident_mb)))
        self._failures = 0

    @property
    def answer_s(self) -> float:
        """The longest time for one text."""
        return self._order.answer_s

    @property
    def pid(self) -> int | None:
        """Of the child, while one is held."""
        return self._child.held.pid if self._child.held is not None else None

    def start(self) -> None:
        """Starts the child and blocks until its model is loaded.

        Raises:
            ModelUnavailable: closed, not the pinned files, no model for names, or not loaded in time.
        """
        with self._turn:
            if self._closed.is_set():
                raise ModelUnavailable
            try:
                self._child.end()
                said = self._child.running().receive(limit_bytes=_ANSWER_BYTES, seconds=self._order.start_s)
                loaded: object = orjson.loads(said)
            except (ChildSilent, OSError, ValueError):
                loaded = False
            if loaded is not True:
                self._child.end()
                raise ModelUnavailable

    def names(self, text: str) -> list[Name]:
        """Returns the names in a text. Blocks for at most twice `answer_s`: for its turn and for the answer.

        Raises:
            ModelUnavailable: there is no answer by then. A child that failed is started again meanwhile.
        """
        if not self._turn.acquire(timeout=self._order.answer_s):
            raise ModelUnavailable
        try:
            if self._child.held is None:
                raise ModelUnavailable
            names = self._asked(self._child.held, text)
            self._failures = 0
        except (ChildSilent, ValueError) as error:
            _LOG.warning("the process of the large model failed: %s", type(error).__name__)
            self._child.end()
            threading.Thread(target=self._start_again, daemon=True).start()
            raise ModelUnavailable from None
        finally:
            self._turn.release()
        return names

    def close(self) -> None:
        """Ends the child; it is not started again. May be called twice."""
        self._closed.set()
        with self._turn:
            self._child.end()

    def _asked(self, child: Child, text: str) -> list[Name]:
        """Raises `ChildSilent`, or `ValueError` for what is no answer."""
        question = orjson.dumps(_LONE.sub("\ufffd", text))
        answer = orjson.loads(child.ask(question, limit_bytes=_ANSWER_BYTES, seconds=self._order.answer_s))
        if not isinstance(answer, list):
            raise ValueError("no list")  # noqa: TRY004  (what a child says is a value)
        return [_name(row, len(text)) for row in answer]

    def _start_again(self) -> None:
        """Tries after 1, 2, 4, ... 60 seconds; the count begins anew when a text was answered."""
        while True:
            pause_s = min(_LONGEST_PAUSE_S, self._order.pause_s * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            if self._closed.wait(pause_s):
                return
            try:
                self.start()
            except ModelUnavailable:
                _LOG.warning("the large model does not start again")
            else:
                return


def _name(row: object, length: int) -> Name:
    """Raises `ValueError` for what is no name in a text of this length."""
    match row:
        case [int(start), int(end), str(kind), int(score)] if 0 <= start < end <= length and kind in _TYPES:
            return Name(start, end, kind, min(1000, max(0, score)) / 1000)
    raise ValueError("no name")
