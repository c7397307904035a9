"""Drives an engine on a thread of its own, so that a server's event loop never waits for a pass."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from selfhost.engine.engine import Engine
from selfhost.engine.request import Request, Sampling, Token
from selfhost.errors import EngineStopped, SelfhostError

_log = logging.getLogger(__name__)
_IDLE_S = 0.05


class _Listener:
    """One request on its way in, and its tokens on their way to the loop that asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, prompt: Sequence[int], sampling: Sampling, salt: str) -> None:
        self.prompt, self.sampling, self.salt = prompt, sampling, salt
        self.left = False
        self.request: Request | None = None
        self._loop = loop
        self.tokens: asyncio.Queue[Token | SelfhostError] = asyncio.Queue()

    def send(self, token: Token | SelfhostError) -> None:
        """Called from the engine's thread. A loop that is gone hears nothing more."""
        try:
            self._loop.call_soon_threadsafe(self.tokens.put_nowait, token)
        except RuntimeError:
            self.left = True


class RunningEngine:
    """An engine in a thread. Use it as a context manager; every request ends when it is left."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._work = threading.Event()
        self._ending = threading.Event()
        self._arriving: SimpleQueue[_Listener] = SimpleQueue()
        self._listeners: dict[int, _Listener] = {}
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._gate = threading.Lock()
        self.stopped = False

    @property
    def engine(self) -> Engine:
        """The engine. Only its read-only properties may be used while it runs."""
        return self._engine

    async def generate(self, prompt: Sequence[int], sampling: Sampling, salt: str = "") -> AsyncGenerator[Token, None]:
        """Yields the answer's tokens as they are drawn. Leaving the iteration cancels the request and frees its pages.

        Raises:
            BadPrompt, PromptTooLong, EngineFull: before the first token.
            EngineStopped: the engine ended or failed before the answer did.
        """
        listener = _Listener(asyncio.get_running_loop(), prompt, sampling, salt)
        with self._gate:
            if self.stopped:
                raise EngineStopped("the engine does not run")
            self._arriving.put(listener)
        self._work.set()
        try:
            while True:
                token = await listener.tokens.get()
                if isinstance(token, SelfhostError):
                    raise token
                yield token
                if token.finish is not None:
                    return
        finally:
            listener.left = True
            self._work.set()

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self._drop_left()  # first: whoever has left takes no place of those who come
                self._admit()
                for each in self._engine.step():
                    self._tell(each.request, each.token)
                if not self._engine.busy and self._arriving.empty():
                    self._work.wait(_IDLE_S)
                    self._work.clear()
        except Exception as error:  # noqa: BLE001  (the thread's boundary: whatever it is, everybody waiting must hear)
            _log.error("the engine failed: %s", type(error).__name__)
        with self._gate:
            self.stopped = True
        for listener in [*self._listeners.values(), *self._arrived()]:
            listener.send(EngineStopped("the engine stopped"))

    def _admit(self) -> None:
        for listener in self._arrived():
            if listener.left:
                continue
            try:
                listener.request = self._engine.add(listener.prompt, listener.sampling, listener.salt)
            except SelfhostError as error:
                listener.send(error)
            else:
                self._listeners[listener.request.number] = listener

    def _arrived(self) -> Iterator[_Listener]:
        while True:
            try:
                yield self._arriving.get_nowait()
            except Empty:
                return

    def _tell(self, request: Request, token: Token) -> None:
        self._listeners[request.number].send(token)
        if token.finish is not None:
            del self._listeners[request.number]

    def _drop_left(self) -> None:
        for number in [number for number, listener in self._listeners.items() if listener.left]:
            request = self._listeners.pop(number).request
            if request is not None:
                self._engine.cancel(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ending.set()
        self._work.set()
        self._thread.join()
