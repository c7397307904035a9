"""Drives an engine on a thread of its own, so that a server's event loop never waits for a pass."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from selfhost.engine.engine import Engine
from selfhost.engine.request import Request, Sampling, Token
from selfhost.errors import EngineStopped

_log = logging.getLogger(__name__)
_IDLE_S = 0.05


class _Listener:
    """Hands a request's tokens to the loop that asked. Called from the engine's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.tokens: asyncio.Queue[Token | None] = asyncio.Queue()

    def send(self, token: Token | None) -> None:
        """`None` says that the engine has stopped. A loop that is gone hears nothing more."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.tokens.put_nowait, token)


class RunningEngine:
    """An engine in a thread. Use it as a context manager; every request ends when it is left."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._ending = threading.Event()
        self._listeners: dict[int, _Listener] = {}
        self._cancelled: SimpleQueue[Request] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self.failed = False

    @property
    def engine(self) -> Engine:
        """The engine. Only its read-only properties may be used while it runs."""
        return self._engine

    async def generate(self, prompt: Sequence[int], sampling: Sampling, salt: str = "") -> AsyncIterator[Token]:
        """Yields the answer's tokens as they are drawn. Leaving the iteration cancels the request and frees its pages.

        Raises:
            PromptTooLong, EngineFull: before the first token.
            EngineStopped: the engine ended or failed before the answer did.
        """
        if self.failed or self._ending.is_set():
            raise EngineStopped("the engine does not run")
        listener = _Listener(asyncio.get_running_loop())
        with self._lock:
            request = self._engine.add(prompt, sampling, salt)
            self._listeners[request.number] = listener
        self._work.set()
        try:
            while (token := await listener.tokens.get()) is not None:
                yield token
                if token.finish is not None:
                    return
            raise EngineStopped("the engine stopped")
        finally:
            if request.finish is None:
                self._cancelled.put(request)
                self._work.set()

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                with self._lock:
                    self._drop_cancelled()
                    drawn = self._engine.step()
                    busy = self._engine.busy
                for each in drawn:
                    self._tell(each.request, each.token)
                if not busy:
                    self._work.wait(_IDLE_S)
                    self._work.clear()
        except Exception as error:  # noqa: BLE001  (the thread's boundary: whatever it is, everybody waiting must hear)
            _log.error("the engine failed: %s", type(error).__name__)
            self.failed = True
        for listener in list(self._listeners.values()):
            listener.send(None)

    def _tell(self, request: Request, token: Token) -> None:
        listener = self._listeners.get(request.number)
        if listener is not None:
            listener.send(token)
        if token.finish is not None:
            self._listeners.pop(request.number, None)

    def _drop_cancelled(self) -> None:
        while True:
            try:
                request = self._cancelled.get_nowait()
            except Empty:
                return
            self._listeners.pop(request.number, None)
            self._engine.cancel(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ending.set()
        self._work.set()
        self._thread.join()
