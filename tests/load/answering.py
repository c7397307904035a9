"""The far end of a measurement: an upstream that answers at once, as cheaply as Python can, on its own process.

`python -m tests.load.answering` prints its URL as JSON. It speaks OpenAI chat: one JSON answer, or a stream of 100
pieces and the end mark when the request's body asks for a stream.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import cast

import uvloop

PIECES = 100
_MODEL = "gpt-5.5"


def _piece(content: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish}
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": _MODEL, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


_STREAM = [*(_piece(f"word{i} ") for i in range(PIECES)), _piece("", "stop"), b"data: [DONE]\n\n"]
_MESSAGE = {"role": "assistant", "content": "An answer of ordinary length. " * 10}
_WHOLE = json.dumps(
    {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": _MODEL,
        "choices": [{"index": 0, "message": _MESSAGE, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 250, "completion_tokens": 60, "total_tokens": 310},
    }
).encode()
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Answering(asyncio.Protocol):
    """Reads HTTP/1.1 requests with a content-length and answers each."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            mark = head.find(b"content-length:")
            length = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        assert self._transport is not None
        if b'"stream":true' in body or b'"stream": true' in body:
            asyncio.get_running_loop().create_task(self._stream(self._transport))
        else:
            self._transport.write(_HEAD % len(_WHOLE) + _WHOLE)

    async def _stream(self, transport: asyncio.Transport) -> None:
        transport.write(_STREAM_HEAD)
        for piece in _STREAM:
            transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await asyncio.sleep(0)
        transport.write(b"0\r\n\r\n")


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}) + "\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
