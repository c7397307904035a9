"""A scripted upstream over real HTTP on loopback: says exactly what a test wants to hear, and remembers what it heard.

Raw asyncio, so that a test owns every byte and every pause: an answer can stall, break off, or be no HTTP at all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as its bytes arrived. Header names are lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Fate:
    """How one request is answered.

    `pieces` go out one HTTP chunk each, `pace_s` apart. `stall_before` never answers; `stall_after` sends that many
    pieces and then says nothing; `cut_after` sends that many and drops the connection. `raw` replaces everything, the
    status line included.
    """

    status: int = 200
    content_type: str = "application/json"
    pieces: tuple[bytes, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    pace_s: float = 0.0
    stall_before: bool = False
    stall_after: int | None = None
    cut_after: int | None = None
    raw: bytes | None = None


Answering = Callable[[Heard], Fate]
"""Makes the answer from the request, e.g. an echo of it."""


def whole(body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Fate:
    """A JSON answer in one piece."""
    return Fate(status=status, pieces=(body,), headers=headers)


def stream(events: Sequence[bytes], **how: object) -> Fate:
    """A streamed answer, one HTTP chunk per event."""
    return Fate(content_type="text/event-stream", pieces=tuple(events), **how)  # type: ignore[arg-type]


@dataclass(slots=True)
class ScriptedUpstream:
    """Answers requests in order from `script`; when it is empty, with `default`."""

    default: Fate | Answering = field(default_factory=Fate)
    script: deque[Fate | Answering] = field(default_factory=deque)
    heard: list[Heard] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    base_url: str = ""
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def then(self, *fates: Fate | Answering) -> None:
        """Appends to the script."""
        self.script.extend(fates)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=64 * 1024 * 1024)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.hung_up.set()
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        heard = await _read_request(reader)
        self.heard.append(heard)
        self.asked.set()
        fate = self.script.popleft() if self.script else self.default
        if callable(fate):
            fate = fate(heard)
        watcher = asyncio.create_task(self._watch_hang_up(reader))
        try:
            return await self._tell(fate, writer)
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    async def _watch_hang_up(self, reader: asyncio.StreamReader) -> None:
        """EOF or a reset while we are still answering: the other side does not want the rest."""
        with suppress(ConnectionError):
            await reader.read(1)
        self.hung_up.set()

    async def _tell(self, fate: Fate, writer: asyncio.StreamWriter) -> bool:
        if fate.stall_before:
            await self._wait_for_hang_up()
            return False
        if fate.raw is not None:
            writer.write(fate.raw)
            await writer.drain()
            return False
        writer.write(_head(fate))
        for number, piece in enumerate(fate.pieces):
            if number == fate.cut_after:
                writer.transport.abort()
                return False
            if number == fate.stall_after:
                await self._wait_for_hang_up()
                return False
            if piece:  # an empty chunk would be the end mark
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            if fate.pace_s:
                await asyncio.sleep(fate.pace_s)
        return await self._finish(fate, writer)

    async def _finish(self, fate: Fate, writer: asyncio.StreamWriter) -> bool:
        if fate.cut_after is not None and fate.cut_after >= len(fate.pieces):
            await asyncio.sleep(0.005)
            writer.transport.abort()
            return False
        if fate.stall_after is not None:
            await self._wait_for_hang_up()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _wait_for_hang_up(self) -> None:
        """Bounded, so that a test that forgets to close fails instead of hanging."""
        async with asyncio.timeout(30):
            await self.hung_up.wait()


async def _read_request(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    size = int(dict(headers).get("content-length", "0"))
    return Heard(method, path, headers, await reader.readexactly(size))


def _head(fate: Fate) -> bytes:
    lines = [
        f"HTTP/1.1 {fate.status} X",
        f"content-type: {fate.content_type}",
        "transfer-encoding: chunked",
        *(f"{name}: {value}" for name, value in fate.headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
