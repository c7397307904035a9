"""A plan never widens, and every admitted attempt is settled exactly once, whatever an upstream does."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from routers.errors import AttemptsExhausted, UpstreamCut, UpstreamUnreachable
from routers.failover import Delivery, Limits
from routers.permit import PermitBook
from routers.plan_runner import PlanRunner
from routers.retries import RetryBudget
from routers.select import order
from routers.sending import Sender
from routers.signatures import load_signatures
from routers.types import Access, Dialect, EgressPermit, Ending, Headers, Plan, Prompt, Reply, Target
from routers.wire import WIRES
from tests.fakes.answers import openai_answer, openai_events
from tests.fakes.targets import RecordingGate, target

SIGNATURES = load_signatures()
TARGETS = tuple(target(name) for name in ("a", "b", "c"))
BODY = b'{"model":"m","messages":[]}'
EVENTS = openai_events(["one", "two"])
JSON: Headers = (("content-type", "application/json"),)
SSE: Headers = (("content-type", "text/event-stream"),)


@dataclass(slots=True)
class Script:
    """What one attempt meets: an exception, or a status, a body in pieces, and how it ends."""

    unreachable: bool = False
    status: int = 200
    pieces: tuple[bytes, ...] = ()
    headers: Headers = JSON
    ending: Ending | None = None
    pauses: int = 0


@dataclass(slots=True)
class ScriptedDoor:
    """Plays one script after the other; the wire is what is scripted here, so no socket is needed."""

    scripts: list[Script]
    opened: int = 0
    closed: int = 0
    asked: list[str] = field(default_factory=list)

    async def send(self, target: Target, prompt: Prompt, permit: EgressPermit) -> Reply:
        self.asked.append(target.destination.id)
        script = self.scripts.pop(0) if self.scripts else Script(unreachable=True)
        for _ in range(script.pauses):
            await asyncio.sleep(0)
        if script.unreachable:
            raise UpstreamUnreachable(target.destination.id, "scripted", sent=True)
        self.opened += 1
        return Reply(script.status, script.headers, self._chunks(target, script), self._close)

    async def _close(self) -> None:
        self.closed += 1

    async def _chunks(self, target: Target, script: Script) -> AsyncIterator[bytes]:
        for piece in script.pieces:
            await asyncio.sleep(0)
            yield piece
        if script.ending is not None:
            raise UpstreamCut(target.destination.id, script.ending)

    async def close(self) -> None:
        """Nothing is pooled."""


class NoHistory:
    """Remembers nothing."""

    def succeeded(self, target: Target) -> None:
        """Nothing to note."""

    def worked_recently(self, target: Target) -> bool:
        return False


STREAM = b"".join(EVENTS)
CUT_PLACES = st.lists(st.integers(0, len(STREAM)), max_size=6).map(sorted)


def split(body: bytes, places: list[int]) -> tuple[bytes, ...]:
    edges = [0, *places, len(body)]
    return tuple(body[start:end] for start, end in itertools.pairwise(edges) if end > start)


IN_BAND = b'data: {"error":{"type":"overloaded_error","message":"o"}}\n\n'
ENDINGS = st.sampled_from([None, None, Ending.CUT, Ending.STALLED])
STREAMS = st.builds(
    lambda places, keep, garbage, ending, pauses: Script(
        pieces=(*split(STREAM[:keep], [p for p in places if p <= keep]), *garbage),
        headers=SSE,
        ending=ending,
        pauses=pauses,
    ),
    CUT_PLACES,
    st.one_of(st.just(len(STREAM)), st.integers(0, len(STREAM))),
    st.sampled_from(
        [(), (), (b"\x00garbage\n\n",), (b'data: {"error":{"type":"overloaded_error","message":"o"}}\n\n',)]
    ),
    ENDINGS,
    st.integers(0, 3),
)
WHOLES = st.builds(
    lambda status, body, ending, pauses: Script(status=status, pieces=(body,), ending=ending, pauses=pauses),
    st.sampled_from([200, 200, 301, 400, 401, 403, 404, 429, 451, 500, 503, 529]),
    st.sampled_from([openai_answer(), b"", b"<html>", b'{"error":{"message":"m"}}', b"{}", b"[]"]),
    ENDINGS,
    st.integers(0, 3),
)
SCRIPTS = st.lists(st.one_of(STREAMS, WHOLES, st.just(Script(unreachable=True))), max_size=6)


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the caller's behaviour. `hang_up_after` counts turns of the event loop."""

    scripts: list[Script]
    streamed: bool
    denied: frozenset[str]
    withdrawn: frozenset[str]
    attempts: int
    hang_up_after: int | None
    take: int | None


CASES = st.builds(
    Case,
    SCRIPTS,
    st.booleans(),
    st.frozensets(st.sampled_from("abc"), max_size=2),
    st.frozensets(st.sampled_from("abc"), max_size=1),
    st.integers(1, 5),
    st.one_of(st.none(), st.integers(0, 25)),
    st.one_of(st.none(), st.integers(0, 3)),
)


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


async def consume(delivery: Delivery, take: int | None) -> bytes:
    """Reads the answer to its end, or takes some pieces and hangs up."""
    if delivery.chunks is None:
        return delivery.body or b""
    seen = b""
    try:
        async for piece in delivery.chunks:
            if take is not None and take <= 0:
                break
            take = None if take is None else take - 1
            seen += piece
    finally:
        await delivery.chunks.aclose()
    return seen


@dataclass(slots=True)
class Run:
    """What came of a case."""

    gate: RecordingGate
    door: ScriptedDoor
    seen: bytes | None


async def play(case: Case) -> Run:
    door = ScriptedDoor(list(case.scripts))
    prompt = Prompt(Dialect.OPENAI_CHAT, BODY, (), case.streamed)
    gate = RecordingGate(prompt, PermitBook(), case.denied, case.withdrawn)
    limits = Limits(attempts=case.attempts, first_byte_s=5, total_s=10)
    sender = Sender(door, WIRES, SIGNATURES, NoHistory(), limits, time.monotonic)
    runner = PlanRunner(sender, limits, RetryBudget(), now_s=time.monotonic, jitter=lambda: 0.0, pause=no_pause)

    async def ask() -> bytes:
        return await consume(await runner.run(Plan(TARGETS), gate), case.take)

    task = asyncio.create_task(ask())
    if case.hang_up_after is not None:
        for _ in range(case.hang_up_after):
            await asyncio.sleep(0)
        task.cancel()
    try:
        seen: bytes | None = await task
    except (AttemptsExhausted, UpstreamCut, asyncio.CancelledError):
        seen = None
    return Run(gate, door, seen)


@given(CASES)
@settings(max_examples=400, deadline=None)
def test_every_admitted_attempt_is_settled_exactly_once(case: Case) -> None:
    run = asyncio.run(play(case))
    settled = [admission.attempt_id for admission, _ in run.gate.settled]
    assert sorted(settled) == sorted(admission.attempt_id for admission in run.gate.admitted)


@given(CASES)
@settings(max_examples=300, deadline=None)
def test_nothing_is_sent_where_the_gate_says_no_and_every_reply_is_closed(case: Case) -> None:
    run = asyncio.run(play(case))
    assert not {*run.door.asked} & (case.denied | case.withdrawn)
    assert len(run.gate.admitted) <= case.attempts
    assert run.door.opened == run.door.closed
    assert run.gate.numbers == list(range(1, len(run.gate.numbers) + 1))


@given(CASES)
@settings(max_examples=300, deadline=None)
def test_a_streamed_answer_is_shown_as_complete_only_with_its_end_mark(case: Case) -> None:
    run = asyncio.run(play(case))
    complete = [outcome for _, outcome in run.gate.settled if outcome.ending is Ending.COMPLETE]
    assert len(complete) <= 1
    if case.streamed and complete and case.take is None and run.seen is not None:
        assert run.seen == STREAM or (STREAM.startswith(run.seen) and b'"finish_reason":"stop"' in run.seen)
    delivered = [outcome for _, outcome in run.gate.settled if outcome.ending is Ending.CLIENT_CLOSED]
    assert len(delivered) <= 1


ENTRIES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("mn"), st.integers(0, 3)),
    max_size=8,
    unique_by=lambda entry: entry[:2],
)
STATES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(list(Access)))


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("mn"), st.integers(0, 3)),
        max_size=8,
        unique_by=lambda t: t[:2],
    ),
    st.dictionaries(st.tuples(st.sampled_from("abcdef"), st.sampled_from("mn")), st.booleans()),
    STATES,
    st.sets(st.sampled_from("abcdef")),
)
@settings(max_examples=500, deadline=None)
def test_a_plan_is_a_permutation_of_what_is_allowed_and_open(
    entries: list[tuple[str, str, int]],
    allowed: dict[tuple[str, str], bool],
    states: dict[str, Access],
    unhealthy: set[str],
) -> None:
    candidates = tuple(target(name, model=model, price=price) for name, model, price in entries)
    verdicts = {
        (one.destination.id, one.model): allowed.get((one.destination.id, one.model), False) for one in candidates
    }

    def make() -> Plan:
        return order(
            candidates,
            verdicts,
            access=lambda one: states.get(one.destination.id, Access.ACTIVE),
            is_healthy=lambda one: one.destination.id not in unhealthy,
        )

    planned = make().targets
    expected = {
        (one.destination.id, one.model)
        for one in candidates
        if verdicts[one.destination.id, one.model]
        and states.get(one.destination.id, Access.ACTIVE) in (Access.ACTIVE, Access.SUSPECT)
    }
    assert {(one.destination.id, one.model) for one in planned} == expected
    assert len(planned) == len(expected)
    assert make().targets == planned
