"""A document in pieces is whole or visibly broken off, never quietly short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message

from gateway.api.answer import Answer
from gateway.api.caller import Caller
from gateway.api.headers import RequestHeaders
from gateway.errors import VaultUnavailable
from gateway.exchange import TraceSink
from gateway.types import RequestId
from routers.types import Dialect
from routers.wire import WIRES


class Sent:
    """What a server was told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def ended(self) -> bool:
        return any(message.get("more_body") is False for message in self.messages)


async def nothing() -> Message:
    return {"type": "http.disconnect"}


def answer(sent: Sent) -> Answer:
    caller = Caller(nothing, RequestHeaders([]), asyncio.timeout(None))
    return Answer(sent, WIRES[Dialect.OPENAI_CHAT], TraceSink(RequestId("r")), caller)


async def pieces(count: int, *, breaks: bool) -> AsyncIterator[bytes]:
    for number in range(count):
        yield b"%d\n" % number
    if breaks:
        raise VaultUnavailable("a test")


async def told(count: int, *, breaks: bool = False) -> Sent:
    sent = Sent()
    made = answer(sent)
    try:
        await made.content("application/jsonl", pieces(count, breaks=breaks))
    except VaultUnavailable as error:
        await made.fail(error)
    return sent


async def test_a_whole_document_has_an_end() -> None:
    for count, body in ((0, b""), (3, b"0\n1\n2\n")):
        sent = await told(count)
        assert (sent.messages[0]["status"], sent.body, sent.ended) == (200, body, True)


async def test_one_that_breaks_off_has_none_and_nothing_is_mixed_into_it() -> None:
    sent = await told(2, breaks=True)
    assert (sent.messages[0]["status"], sent.body, sent.ended) == (200, b"0\n1\n", False)


async def test_one_that_cannot_begin_is_an_error() -> None:
    sent = await told(0, breaks=True)
    assert (sent.messages[0]["status"], sent.ended, b"vault_unavailable" in sent.body) == (503, True, True)
