"""A plan, run against scripted upstreams over real sockets.

Upstreams and runner share one process, and the clock goes on while that process stands still: a full garbage collection
over what a test run has loaded takes half a second on a busy machine. So limits are out of reach wherever a test is not
about time (`PATIENT`); where it is, they can cut off nothing but the silence it is about (`HASTY`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from routers.errors import AttemptsExhausted, EgressForbidden, UpstreamCut
from routers.failover import Admission, Delivery, Limits
from routers.health import Circuits
from routers.permit import PermitBook
from routers.plan_runner import PlanRunner
from routers.retries import RetryBudget
from routers.revocation import AccessRegistry
from routers.sending import Sender
from routers.signatures import load_signatures
from routers.types import AttemptId, DestinationId, Dialect, Failure, FailureClass, Plan, Prompt, Target
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Passthrough, Patience, open_session
from routers.wire import WIRES
from tests.fakes.answers import anthropic_event, anthropic_events, openai_answer, openai_events
from tests.fakes.targets import RecordingGate, target
from tests.fakes.upstream import Fate, ScriptedUpstream, stream, whole

BODY = b'{"model":"asked-for","messages":[{"role":"user","content":"hello"}]}'
PATIENT, HASTY = Patience(connect_s=30, idle_s=30), Patience(connect_s=30, idle_s=0.15)
SIGNATURES = load_signatures()
LIMITS = Limits(first_byte_s=30, total_s=60, answer_bytes=200_000)
WITHIN_S = 20.0
"""Until something must have happened that a stalled upstream, who gives up after 30 seconds, would hold up."""
FABLE = (
    b'{"type":"error","error":{"type":"not_found_error","message":"Claude Fable 5 is not available. Please use Opus'
    b' 4.8. Learn more: https://example.com/notice"}}'
)
OVERLOADED = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
BAD_REQUEST = b'{"error":{"message":"max_tokens is too large","type":"invalid_request_error","param":null,"code":null}}'


class History:
    """What a router remembers."""

    def __init__(self) -> None:
        self.circuits = Circuits(time.monotonic)

    def succeeded(self, target: Target) -> None:
        self.circuits.succeeded(target)

    def worked_recently(self, target: Target) -> bool:
        return self.circuits.worked_recently(target)


class Bench:
    """Two destinations, `closed-a` and `vendor-b`, and a runner over them."""

    def __init__(self, first: ScriptedUpstream, second: ScriptedUpstream, patience: Patience = PATIENT) -> None:
        self.book = PermitBook()
        endpoints = {
            DestinationId("closed-a"): Endpoint(first.base_url, "test-key-a"),
            DestinationId("vendor-b"): Endpoint(second.base_url, "test-key-b"),
        }
        self.door = Passthrough(open_session(patience), endpoints, self.book, patience)
        self.history = History()
        self.budget = RetryBudget()
        self.limits = LIMITS

    def gate(self, *, stream: bool = False, dialect: Dialect = Dialect.OPENAI_CHAT) -> RecordingGate:
        return RecordingGate(Prompt(dialect, BODY, (), stream), self.book)

    async def run(self, gate: RecordingGate, names: Sequence[str] = ("closed-a", "vendor-b")) -> Delivery:
        both = (Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES)
        plan = Plan(tuple(target(name, dialects=both) for name in names))
        sender = Sender(self.door, WIRES, SIGNATURES, self.history, self.limits, time.monotonic)
        runner = PlanRunner(sender, self.limits, self.budget, now_s=time.monotonic, jitter=lambda: 0.0)
        return await runner.run(plan, gate)


@pytest.fixture
async def bench(upstream: ScriptedUpstream, other_upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    other_upstream.default = whole(openai_answer("from b"))
    bench = Bench(upstream, other_upstream)
    yield bench
    await bench.door.close()


@pytest.fixture
async def hasty(upstream: ScriptedUpstream, other_upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    """Takes an answer that is silent for a moment for one that has stalled."""
    bench = Bench(upstream, other_upstream, HASTY)
    yield bench
    await bench.door.close()


async def text(delivery: Delivery) -> bytes:
    assert delivery.chunks is not None
    return b"".join([piece async for piece in delivery.chunks])


async def read_into(seen: list[bytes], delivery: Delivery) -> None:
    assert delivery.chunks is not None
    async for piece in delivery.chunks:
        seen.append(piece)  # noqa: PERF401  (what came before the cut must stay)


async def test_the_first_answer_is_delivered_and_settled_once(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    gate = bench.gate()
    delivery = await bench.run(gate)
    assert (delivery.status, delivery.body) == (200, openai_answer())
    ((_, outcome),) = gate.settled
    assert (outcome.ending.value, outcome.status, outcome.failure) == ("complete", 200, None)
    assert (outcome.usage.input_tokens, outcome.usage.output_tokens) == (7, 3)
    assert outcome.model_returned == "gpt-fake"
    assert outcome.bytes_received == len(openai_answer())
    assert gate.reported == []


async def test_a_streamed_answer_is_delivered_byte_for_byte(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events(["a", "b"]))
    gate = bench.gate(stream=True)
    delivery = await bench.run(gate)
    assert gate.settled == []
    assert await text(delivery) == b"".join(openai_events(["a", "b"]))
    assert gate.endings() == ["complete"]
    assert gate.settled[0][1].usage.output_tokens == 3


REFUSALS = [
    pytest.param(404, FABLE, "revoked", "ANT-404-UNAVAILABLE", id="fable"),
    pytest.param(
        400,
        b'{"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}',
        "revoked",
        "ANT-400-ORG-DISABLED",
        id="organisation",
    ),
    pytest.param(
        403,
        b'{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not '
        b'supported","type":"request_forbidden"}}',
        "region",
        "OAI-403-COUNTRY",
        id="country",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"You exceeded your current quota","type":"x","code":"insufficient_quota"}}',
        "billing",
        "OAI-429-QUOTA",
        id="quota",
    ),
    pytest.param(401, b'{"error":{"message":"Incorrect API key provided"}}', "auth", "HTTP-401", id="key"),
    pytest.param(418, b'{"error":{"message":"a teapot"}}', "unknown", "UNKNOWN", id="unknown"),
]


@pytest.mark.parametrize(("status", "body", "meaning", "signature"), REFUSALS)
async def test_withdrawn_access_fails_over_without_a_second_try(
    bench: Bench, upstream: ScriptedUpstream, status: int, body: bytes, meaning: str, signature: str
) -> None:
    upstream.default = whole(body, status)
    gate = bench.gate()
    delivery = await bench.run(gate)
    assert delivery.body == openai_answer("from b")
    assert len(upstream.heard) == 1
    ((reported, failure),) = gate.reported
    assert (reported.destination.id, failure.failure_class.value, failure.signature) == ("closed-a", meaning, signature)
    assert gate.endings() == ["failed", "complete"]
    assert gate.causes == [None, failure]
    assert gate.numbers == [1, 2]


PASSING = [
    pytest.param(whole(OVERLOADED, 529), id="overloaded"),
    pytest.param(whole(b'{"error":{"type":"rate_limit_error","message":"slow down"}}', 429), id="throttled"),
    pytest.param(Fate(raw=b""), id="connection dropped"),
    pytest.param(Fate(status=503, content_type="text/html", pieces=(b"<html>",)), id="page of a proxy"),
    pytest.param(Fate(pieces=(openai_answer()[:20], openai_answer()[20:]), cut_after=1), id="answer cut"),
]


@pytest.mark.parametrize("fate", PASSING)
async def test_a_failure_in_passing_is_tried_once_more_and_then_fails_over(
    bench: Bench, upstream: ScriptedUpstream, fate: Fate
) -> None:
    upstream.default = fate
    gate = bench.gate()
    delivery = await bench.run(gate)
    assert delivery.body == openai_answer("from b")
    assert len(upstream.heard) == 2
    assert gate.endings()[-1] == "complete"
    assert len(gate.settled) == 3


async def test_a_second_try_may_succeed(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream
) -> None:
    upstream.then(whole(OVERLOADED, 529), whole(openai_answer()))
    assert (await bench.run(bench.gate())).body == openai_answer()
    assert other_upstream.heard == []


async def test_without_budget_there_is_no_second_try(bench: Bench, upstream: ScriptedUpstream) -> None:
    bench.budget = RetryBudget(share=0.1, burst=1.0)
    upstream.default = whole(OVERLOADED, 529)
    for _ in range(10):
        await bench.run(bench.gate())
    assert len(upstream.heard) == 10 + 1


async def test_an_upstream_that_asks_to_wait_long_is_left_at_once(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(OVERLOADED, 429, (("retry-after", "30"),))
    gate = bench.gate()
    await bench.run(gate)
    assert len(upstream.heard) == 1
    assert gate.reported[0][1].retry_after_s == 30.0


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, BAD_REQUEST), (422, BAD_REQUEST), (413, BAD_REQUEST), (400, b'{"error":{"code":"content_filter"}}')],
)
async def test_the_callers_own_failure_is_delivered_as_it_came(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, status: int, body: bytes
) -> None:
    upstream.default = whole(body, status)
    gate = bench.gate(stream=True)
    delivery = await bench.run(gate)
    assert (delivery.status, delivery.body, delivery.chunks) == (status, body, None)
    assert other_upstream.heard == []
    assert gate.reported == []
    assert gate.endings() == ["failed"]


GARBAGE = [
    pytest.param(Fate(content_type="text/html", pieces=(b"<html>welcome</html>",)), id="html"),
    pytest.param(whole(b""), id="empty"),
    pytest.param(whole(b"[1,2]"), id="not an object"),
    pytest.param(whole(b'{"choices":'), id="half"),
    pytest.param(whole(b'{"status":"ok"}'), id="no answer"),
    pytest.param(whole(b'{"x":"' + b"y" * 300_000 + b'"}'), id="too large"),
    pytest.param(whole(b'{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}'), id="lying 200"),
    pytest.param(whole(b'{"error":{"code":502,"message":"Provider returned error"}}'), id="error in 200"),
    pytest.param(Fate(status=302, headers=(("location", "http://127.0.0.1:1/"),)), id="redirect"),
    pytest.param(Fate(status=204), id="no content"),
]


@pytest.mark.parametrize("fate", GARBAGE)
async def test_status_200_is_no_proof_of_an_answer(bench: Bench, upstream: ScriptedUpstream, fate: Fate) -> None:
    upstream.default = fate
    gate = bench.gate()
    delivery = await bench.run(gate)
    assert delivery.body == openai_answer("from b")
    assert gate.endings()[0] in {"garbled", "failed"}


async def test_silence_before_the_first_byte_fails_over(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = Fate(stall_before=True)
    bench.limits = replace(LIMITS, first_byte_s=1.5, retries_same_target=0)
    gate = bench.gate()
    began = time.monotonic()
    assert (await bench.run(gate)).body == openai_answer("from b")
    assert 1.4 < time.monotonic() - began < WITHIN_S
    assert gate.endings() == ["stalled", "complete"]
    await upstream.hung_up.wait()


HEADS = [
    pytest.param(
        Dialect.OPENAI_CHAT, stream([b'data: {"error":{"type":"server_error","message":"x"}}\n\n']), id="openai"
    ),
    pytest.param(
        Dialect.ANTHROPIC_MESSAGES,
        stream([*anthropic_events()[:2], b"event: error\ndata: " + OVERLOADED + b"\n\n"]),
        id="anthropic",
    ),
    pytest.param(Dialect.OPENAI_CHAT, stream(openai_events()[:1]), id="ends before content"),
    pytest.param(Dialect.OPENAI_CHAT, stream([b"<html>\n\n"]), id="garbage"),
    pytest.param(Dialect.OPENAI_CHAT, stream([b"data: {not json}\n\n"]), id="unparsable"),
    pytest.param(Dialect.OPENAI_CHAT, stream(openai_events(), cut_after=1), id="cut before content"),
    pytest.param(Dialect.OPENAI_CHAT, stream(openai_events(), stall_after=1), id="stalled before content"),
    pytest.param(Dialect.OPENAI_CHAT, whole(openai_answer()), id="no stream at all"),
]


@pytest.mark.parametrize(("dialect", "fate"), HEADS)
async def test_a_stream_that_breaks_before_content_fails_over(
    hasty: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, dialect: Dialect, fate: Fate
) -> None:
    upstream.default = fate
    answer = openai_events(["b"]) if dialect is Dialect.OPENAI_CHAT else anthropic_events(["b"])
    other_upstream.default = stream(answer)
    gate = hasty.gate(stream=True, dialect=dialect)
    assert await text(await hasty.run(gate)) == b"".join(answer)
    assert gate.endings()[-1] == "complete"
    assert len(gate.settled) == len(gate.admitted) > 1


async def test_a_callers_error_inside_a_stream_is_delivered(bench: Bench, upstream: ScriptedUpstream) -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"too long"}}'
    upstream.default = stream([b"event: error\ndata: " + body + b"\n\n"])
    delivery = await bench.run(bench.gate(stream=True, dialect=Dialect.ANTHROPIC_MESSAGES))
    assert (delivery.status, delivery.body) == (400, body)


CUTS = [
    pytest.param(stream(openai_events(), cut_after=3), "cut", id="cut"),
    pytest.param(stream(openai_events(), stall_after=3), "stalled", id="stall"),
    pytest.param(stream(openai_events()[:3]), "cut", id="no end mark"),
    pytest.param(stream([*openai_events()[:3], b"\x00\xff garbage\n\n"]), "garbled", id="garbage"),
    pytest.param(stream([*openai_events()[:3], b"data: {oops\n\n"]), "garbled", id="unparsable"),
    pytest.param(stream([*openai_events()[:3], b"<html>nope"]), "garbled", id="garbage at the end"),
    pytest.param(stream([*openai_events()[:3], b'data: {"choices":[{"del']), "cut", id="half an event"),
    pytest.param(
        stream([*openai_events()[:3], b'data: {"error":{"type":"server_error","message":"m"}}\n\n']),
        "failed",
        id="error",
    ),
]


@pytest.mark.parametrize(("fate", "ending"), CUTS)
async def test_a_stream_that_breaks_after_content_is_never_replayed_nor_shown_as_complete(
    hasty: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, fate: Fate, ending: str
) -> None:
    upstream.default = fate
    gate = hasty.gate(stream=True)
    delivery = await hasty.run(gate)
    assert delivery.chunks is not None
    seen: list[bytes] = []
    with pytest.raises(UpstreamCut) as cut:
        await read_into(seen, delivery)
    assert b"".join(seen) == b"".join(openai_events()[:3])
    assert cut.value.ending.value == ending
    assert gate.endings() == [ending]
    assert other_upstream.heard == []
    assert len(gate.reported) == 1


async def test_an_upstream_that_stays_open_after_the_end_mark_was_complete(
    hasty: Bench, upstream: ScriptedUpstream
) -> None:
    upstream.default = stream(openai_events(), stall_after=len(openai_events()))
    gate = hasty.gate(stream=True)
    assert await text(await hasty.run(gate)) == b"".join(openai_events())
    assert gate.endings() == ["complete"]


@pytest.mark.parametrize("taken", [0, 1])
async def test_a_caller_who_hangs_up_cancels_the_upstream_and_is_settled_once(
    bench: Bench, upstream: ScriptedUpstream, taken: int
) -> None:
    upstream.default = stream(openai_events(), stall_after=3)
    gate = bench.gate(stream=True)
    delivery = await bench.run(gate)
    assert delivery.chunks is not None
    for _ in range(taken):
        await anext(delivery.chunks)
    await delivery.chunks.aclose()
    await delivery.chunks.aclose()
    await asyncio.wait_for(upstream.hung_up.wait(), WITHIN_S)
    assert gate.endings() == ["client_closed"]
    assert gate.reported == []


@pytest.mark.parametrize("streamed", [False, True])
async def test_cancelling_before_the_answer_cancels_the_upstream_and_is_settled_once(
    bench: Bench, upstream: ScriptedUpstream, *, streamed: bool
) -> None:
    upstream.default = Fate(stall_before=True)
    gate = bench.gate(stream=streamed)
    task = asyncio.create_task(bench.run(gate))
    await upstream.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(upstream.hung_up.wait(), WITHIN_S)
    assert gate.endings() == ["client_closed"]


async def test_cancelling_in_the_middle_of_a_stream_settles_once(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events(), stall_after=3)
    gate = bench.gate(stream=True)
    delivery = await bench.run(gate)
    task = asyncio.create_task(text(delivery))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert delivery.chunks is not None
    await delivery.chunks.aclose()
    assert gate.endings() == ["client_closed"]


class SlowGate(RecordingGate):
    """Takes a while to make the record durable."""

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        await asyncio.sleep(0.05)
        return await super().admit(target, number, cause)


async def test_a_caller_who_hangs_up_while_the_record_is_written_is_settled_and_nothing_sent(
    bench: Bench, upstream: ScriptedUpstream
) -> None:
    gate = SlowGate(bench.gate().prompt, bench.book)
    task = asyncio.create_task(bench.run(gate))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.endings() == ["client_closed"]
    assert upstream.heard == []


async def test_a_refused_target_is_skipped_and_costs_no_attempt(bench: Bench, upstream: ScriptedUpstream) -> None:
    gate = bench.gate()
    gate.denied = frozenset({"closed-a"})
    assert (await bench.run(gate)).body == openai_answer("from b")
    assert upstream.connections == 0
    assert gate.numbers == [1]


async def test_permission_withdrawn_after_the_record_sends_nothing(bench: Bench, upstream: ScriptedUpstream) -> None:
    gate = bench.gate()
    gate.withdrawn = frozenset({"closed-a"})
    assert (await bench.run(gate)).body == openai_answer("from b")
    assert upstream.connections == 0
    assert gate.endings() == ["failed", "complete"]
    assert gate.reported == []


async def test_when_everything_failed_every_failure_is_told(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream
) -> None:
    upstream.default = whole(FABLE, 404)
    other_upstream.default = whole(b"", 418)
    with pytest.raises(AttemptsExhausted) as exhausted:
        await bench.run(bench.gate())
    classes = [failure.failure_class for failure in exhausted.value.failures]
    assert classes == [FailureClass.REVOKED, FailureClass.UNKNOWN]


async def test_the_number_of_attempts_is_bounded(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(FABLE, 404)
    bench.limits = replace(LIMITS, attempts=2)
    gate = bench.gate()
    with pytest.raises(AttemptsExhausted):
        await bench.run(gate, ["closed-a"] * 5)
    assert len(gate.admitted) == len(gate.settled) == 2


async def test_the_total_time_is_bounded(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = Fate(stall_before=True)
    bench.limits = replace(LIMITS, first_byte_s=0.2, total_s=0.3)
    began = time.monotonic()
    with pytest.raises(AttemptsExhausted):
        await bench.run(bench.gate(), ["closed-a"] * 4)
    assert time.monotonic() - began < WITHIN_S


async def test_a_slow_stream_ends_at_the_total_time(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events(["x"] * 2000), pace_s=0.02)
    bench.limits = replace(LIMITS, total_s=1.5)
    gate = bench.gate(stream=True)
    delivery = await bench.run(gate)
    with pytest.raises(UpstreamCut):
        await text(delivery)
    assert gate.endings() == ["stalled"]


class ForgingGate(RecordingGate):
    """Admits without a permit of the desk."""

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        forged = PermitBook().issue(AttemptId("x"), target.destination.id, self.prompt.body)
        return Admission(AttemptId("x"), target, self.prompt, forged)


async def test_a_forged_permit_stops_everything(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream
) -> None:
    gate = ForgingGate(bench.gate().prompt, bench.book)
    with pytest.raises(EgressForbidden):
        await bench.run(gate)
    assert upstream.connections == other_upstream.connections == 0
    assert gate.endings() == ["unknown"]


async def test_a_storm_of_refusals_costs_one_hit_each(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(FABLE, 404)
    answers = await asyncio.gather(*(bench.run(bench.gate()) for _ in range(50)))
    assert all(answer.status == 200 for answer in answers)
    assert len(upstream.heard) == 50


async def test_anthropic_events_of_an_unknown_kind_pass(bench: Bench, upstream: ScriptedUpstream) -> None:
    events = anthropic_events(["a"])
    events.insert(4, anthropic_event({"type": "fallback", "model": "other"}))
    upstream.default = stream(events)
    delivery = await bench.run(bench.gate(stream=True, dialect=Dialect.ANTHROPIC_MESSAGES))
    assert await text(delivery) == b"".join(events)


def test_the_registry_is_what_a_report_reaches() -> None:
    changes: list[object] = []
    registry = AccessRegistry(changes.append, now_ms=lambda: 0, now_s=lambda: 0.0)
    failure = SIGNATURES.judge(404, (), FABLE, worked_recently=False)
    registry.report(target(), failure, AttemptId("a"))
    assert registry.access(target()).value == "revoked"
    assert registry.access(target(model="other")).value == "active"
