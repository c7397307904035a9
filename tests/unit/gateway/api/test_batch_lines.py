"""What becomes of a line is always an answer, and a defect says nothing of the line."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

import orjson
import pytest

from gateway.api.batch_lines import LineSender
from gateway.batch.nouns import Order, Said
from gateway.clock import SystemClock
from gateway.errors import PolicyDenied
from gateway.exchange import Exchange, TraceSink
from gateway.ports import Request
from gateway.settings import LimitSettings
from gateway.types import KeyId, RequestId
from routers.types import Dialect
from routers.wire import WIRES

SECRET = "the launch is on friday"
ORDER = Order(RequestId("batch_1-0"), KeyId("key-1"), Dialect.OPENAI_CHAT, SECRET.encode(), Said())


class Failing:
    """A pipeline that raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        raise self._error


class Streaming:
    """A pipeline that streams, which no line asks for."""

    closed = False

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        return Exchange(200, (), trace.freeze(), chunks=self._chunks())

    async def _chunks(self) -> AsyncGenerator[bytes]:
        try:
            yield SECRET.encode()
        finally:
            self.closed = True


def sender(pipeline: Failing | Streaming) -> LineSender:
    return LineSender(pipeline, WIRES, LimitSettings(), SystemClock())


async def test_a_defect_is_the_lines_error_and_says_nothing_of_the_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        reply = await sender(Failing(ValueError(SECRET))).send(ORDER)
    assert (reply.request_id, reply.status, reply.retryable) == ("batch_1-0", 500, False)
    assert orjson.loads(reply.body)["error"]["code"] == "internal_error"
    assert SECRET not in caplog.text + reply.body.decode()
    assert "ValueError" in caplog.text
    assert "batch_1-0" in caplog.text


async def test_what_is_refused_is_answered_as_over_http() -> None:
    reply = await sender(Failing(PolicyDenied(["SEC-1"]))).send(ORDER)
    assert (reply.status, orjson.loads(reply.body)["error"]["code"]) == (403, "policy_denied")


async def test_a_stream_is_never_taken_for_an_answer() -> None:
    pipeline = Streaming()
    reply = await sender(pipeline).send(ORDER)
    assert reply.status >= 500
    assert SECRET not in reply.body.decode()
    assert pipeline.closed, "else nothing upstream would be cancelled, and no outcome recorded"
