"""One worker process and the socket to it. Knows frames and numbers, nothing of policy.

Nothing here belongs to an event loop, so a link may be made before there is one.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from gateway.child import Child, ChildSilent, Frames, framed

WORKER: tuple[str, ...] = (sys.executable, "-I", str(Path(__file__).with_name("worker.py")))
"""How the worker is started: isolated, so neither the environment nor the working directory chooses its code."""

_PIECE_BYTES = 64 * 1024
_ANSWER_BYTES = 1024 * 1024


class LinkLost(Exception):
    """The worker is gone, or what it says cannot be trusted any more. The link must be killed."""


class WorkerLink:
    """A started worker. One exchange at a time; a caller that gives up in the middle does not harm the next one."""

    def __init__(self, command: Sequence[str], bundle: dict[str, object], *, start_s: float) -> None:
        """Starts the process and hands it the bundle. Blocks for a few milliseconds, for `start_s` at the most.

        Raises:
            LinkLost: it could not be started, or hung up at once.
        """
        self.compiled = False
        self._born_s = time.monotonic()
        self._frames = Frames(_ANSWER_BYTES)
        self._numbers = itertools.count(1)
        self._unanswered: dict[int, float] = {}
        self._killed = False
        try:
            self._child = Child(command)
        except OSError:
            raise LinkLost("the policy worker could not be started") from None
        self._hand_over(bundle, start_s)

    @property
    def pid(self) -> int:
        """Of the worker process."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and has not been killed."""
        return not self._killed and self._child.alive

    @property
    def age_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._born_s

    @property
    def silent_s(self) -> float:
        """Seconds since the oldest question without an answer was sent; 0 when there is none."""
        return time.monotonic() - min(self._unanswered.values(), default=time.monotonic())

    async def wait_until_compiled(self) -> bool:
        """Returns whether the bundle compiles. Raises `LinkLost`."""
        while not self.compiled:
            answer = await self._receive()
            if answer.get("id") == 0 and answer.get("compiled") is not True:
                return False
        return True

    async def exchange(self, entrypoint: str, document: dict[str, object]) -> dict[str, object]:
        """Returns the answer to this question. Raises `LinkLost`."""
        number = next(self._numbers)
        self._unanswered[number] = time.monotonic()
        await self._send(orjson.dumps({"id": number, "entrypoint": entrypoint, "input": document}))
        while True:
            answer = await self._receive()
            if answer.get("id") == number:
                return answer

    def kill(self) -> None:
        """Ends the process without waiting for its end. What waits for an answer gets `LinkLost`."""
        self._killed = True
        self._child.kill()

    def close(self) -> int:
        """Ends the process and closes the socket. Blocks for about a millisecond.

        Returns the process's status; the number of a signal is negative.
        """
        self._killed = True
        return self._child.close()

    def _hand_over(self, bundle: dict[str, object], start_s: float) -> None:
        try:
            self._child.socket.settimeout(start_s)
            self._child.socket.sendall(framed(orjson.dumps(bundle)))
            self._child.socket.settimeout(0)
        except OSError:
            self.close()
            raise LinkLost("the policy worker hung up") from None

    async def _send(self, body: bytes) -> None:
        """Questions are far smaller than the socket's buffer. One that is cut off in the middle ends the link."""
        whole = False
        try:
            await asyncio.get_running_loop().sock_sendall(self._child.socket, framed(body))
            whole = True
        except OSError:
            raise LinkLost("the policy worker hung up") from None
        finally:
            if not whole:
                self.kill()

    async def _receive(self) -> dict[str, object]:
        """Returns the next message. What was read of it is kept when the caller gives up."""
        while (body := self._next_body()) is None:
            try:
                piece = await asyncio.get_running_loop().sock_recv(self._child.socket, _PIECE_BYTES)
            except OSError:
                raise LinkLost("the policy worker hung up") from None
            if not piece:
                raise LinkLost("the policy worker hung up")
            self._frames.feed(piece)
        return self._read(body)

    def _next_body(self) -> bytes | None:
        try:
            return self._frames.next()
        except ChildSilent:
            raise LinkLost("the policy worker's answer is too long") from None

    def _read(self, body: bytes) -> dict[str, object]:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise LinkLost("the policy worker's answer cannot be read") from None
        if not isinstance(answer, dict):
            raise LinkLost("the policy worker's answer cannot be read")
        number = answer.get("id")
        if number == 0 and answer.get("compiled") is True:
            self.compiled = True
        elif isinstance(number, int):
            self._unanswered.pop(number, None)
        return answer
