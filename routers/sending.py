"""One attempt on the wire: send it, judge what comes back, and deliver it or say what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from routers.attempt import Attempt
from routers.errors import DialectUnsupported, UpstreamCut, UpstreamUnreachable
from routers.failover import Delivery, Limits
from routers.live_answer import LiveAnswer
from routers.provenance import provenance_of, says_drifted, unclaimed
from routers.stream_track import StreamTrack
from routers.types import Dialect, Ending, Failure, FailureClass, Headers, Kind, Reply, Scope, Target, Upstream
from routers.wire.dialect import Wire
from routers.wire.reading import read_object
from routers.wire.stored_state import kept_ids

CALLERS_OWN = frozenset({FailureClass.CALLER, FailureClass.CONTENT})
"""Failures that say nothing about the destination. They are delivered as they came."""


class Judge(Protocol):
    """What an answer means for routing. Implemented by `routers.signatures.Signatures`."""

    def judge(self, status: int, headers: Headers, body: bytes, *, worked_recently: bool) -> Failure:
        """Returns what an answer that is an error means."""
        ...

    def judge_in_band(self, content: Mapping[str, object], *, worked_recently: bool) -> Failure | None:
        """Returns what is wrong with an answer of status 200, `None` when it is an answer."""
        ...


class History(Protocol):
    """What is remembered of a target. Implemented by `routers.router.CatalogRouter`."""

    def succeeded(self, target: Target) -> None:
        """Notes that the target answered."""
        ...

    def drifted(self, target: Target) -> None:
        """Notes that the target says of itself that its answers are wrong."""
        ...

    def worked_recently(self, target: Target) -> bool:
        """Whether the target answered within the last day."""
        ...


@dataclass(frozen=True, slots=True)
class Loss:
    """An attempt that delivered nothing."""

    ending: Ending
    failure: Failure


def broken(ending: Ending, signature: str, failure_class: FailureClass = FailureClass.NETWORK) -> Loss:
    """Returns a loss that no body explains. It says nothing beyond this call."""
    return Loss(ending, Failure(failure_class, Scope.CALL, signature, 0, certain=False))


class Sender:
    """Sends admitted attempts. Holds no state of a request."""

    def __init__(
        self,
        door: Upstream,
        wires: Mapping[Dialect, Wire],
        judge: Judge,
        history: History,
        limits: Limits,
        now_s: Callable[[], float],
    ) -> None:
        self._door = door
        self._wires = wires
        self._judge = judge
        self._history = history
        self._limits = limits
        self._now_s = now_s

    async def send(self, attempt: Attempt, *, ends_s: float) -> Delivery | Loss:
        """Returns the answer once it has begun, or what was lost, settled and reported.

        A streamed answer that was delivered settles its attempt when it ends. Raises what the gate raises and
        `EgressForbidden`; the attempt is settled then too.
        """
        try:
            result = await self._deliver(attempt, ends_s)
            if isinstance(result, Loss):
                await self._settle_loss(attempt, result)
        except asyncio.CancelledError:
            await attempt.settle(Ending.CLIENT_CLOSED)
            raise
        except BaseException:
            await attempt.settle(Ending.UNKNOWN)
            raise
        return result

    async def abandon(self, attempt: Attempt) -> None:
        """Settles an attempt whose caller hung up before anything was sent."""
        await attempt.settle(Ending.CLIENT_CLOSED)

    async def _deliver(self, attempt: Attempt, ends_s: float) -> Delivery | Loss:
        if not await attempt.gate.permitted(attempt.admission.target):
            return broken(Ending.FAILED, "GATE-WITHDRAWN", FailureClass.REVOKED)
        admission = attempt.admission
        now_s = self._now_s()
        try:
            async with asyncio.timeout(min(self._limits.first_byte_s, ends_s - now_s)) as patience:
                reply = await self._door.send(admission.target, admission.prompt, admission.permit)
                attempt.status = reply.status
                if admission.target.destination.kind is Kind.INHOUSE:
                    attempt.provenance = provenance_of(reply.headers)
                else:
                    reply = replace(reply, headers=unclaimed(reply.headers))
                return await self._receive(attempt, reply, patience, ends_s)
        except UpstreamUnreachable as unreachable:
            return broken(Ending.FAILED, "NET-BROKEN" if unreachable.sent else "NET-UNREACHABLE")
        except UpstreamCut as cut:
            return broken(cut.ending, f"NET-{cut.ending.value.upper()}")
        except TimeoutError:
            return broken(Ending.STALLED, "NET-SILENT")
        except DialectUnsupported:
            return broken(Ending.FAILED, "DIALECT-UNSUPPORTED", FailureClass.UNKNOWN)

    async def _receive(
        self, attempt: Attempt, reply: Reply, patience: asyncio.Timeout, ends_s: float
    ) -> Delivery | Loss:
        """Closes the reply unless it goes on in a delivered stream. One that its own server calls wrong is not read."""
        result: Delivery | Loss | None = None
        try:
            if says_drifted(attempt.provenance):
                self._history.drifted(attempt.admission.target)
                result = broken(Ending.FAILED, "CANARY-DRIFT", FailureClass.UNKNOWN)
            elif attempt.admission.prompt.stream and reply.status == 200 and _is_stream(reply.headers):
                result = await self._begin_stream(attempt, reply, ends_s)
            else:
                patience.reschedule(asyncio.get_running_loop().time() + max(0.0, ends_s - self._now_s()))
                result = await self._read_whole(attempt, reply)
            return result
        finally:
            if not isinstance(result, Delivery) or result.chunks is None:
                await reply.close()

    async def _begin_stream(self, attempt: Attempt, reply: Reply, ends_s: float) -> Delivery | Loss:
        """Waits for the first event with content: until then, an error inside the stream can still fail over."""
        track = StreamTrack(self._wire(attempt))
        head: list[bytes] = []
        async for piece in reply.chunks:
            attempt.received(piece)
            head.append(track.feed(piece))
            if track.has_content or track.watch.complete or track.broken is not None:
                break
        else:
            return broken(track.ending_at_eof(), "STREAM-ENDED-EARLY")
        if not track.has_content and track.broken is Ending.FAILED:
            return await self._weigh_in_band(attempt, track.watch.error_body or b"")
        if not track.has_content and track.broken is not None:
            return broken(track.broken, "STREAM-GARBLED", FailureClass.UNKNOWN)
        live = LiveAnswer(
            attempt,
            reply,
            track,
            b"".join(head),
            is_late=lambda: self._now_s() >= ends_s,
            conclude=self._conclude,
        )
        return Delivery(attempt.admission, reply.status, reply.headers, None, live)

    async def _weigh_in_band(self, attempt: Attempt, body: bytes) -> Delivery | Loss:
        failure = self._read_in_band(attempt, body)
        if failure.failure_class in CALLERS_OWN:
            return await self._deliver_error(attempt, failure.status or 400, _JSON, body, failure)
        return Loss(Ending.FAILED, failure)

    async def _read_whole(self, attempt: Attempt, reply: Reply) -> Delivery | Loss:
        body = await self._collect(attempt, reply.chunks)
        if body is None:
            return broken(Ending.GARBLED, "ANSWER-TOO-LARGE", FailureClass.UNKNOWN)
        target = attempt.admission.target
        if reply.status == 404 and attempt.admission.prompt.dialect in _LOOKING_BACK:
            return await self._deliver_error(attempt, reply.status, reply.headers, body, _GONE)
        if reply.status != 200:
            worked = self._history.worked_recently(target)
            failure = self._judge.judge(reply.status, reply.headers, body, worked_recently=worked)
            if failure.failure_class in CALLERS_OWN:
                return await self._deliver_error(attempt, reply.status, reply.headers, body, failure)
            return Loss(Ending.FAILED, failure)
        return await self._weigh_answer(attempt, reply, body)

    async def _weigh_answer(self, attempt: Attempt, reply: Reply, body: bytes) -> Delivery | Loss:
        """Status 200 is no proof: the body may be a page of HTML, half an answer, or an error."""
        content = read_object(body)
        if content is None:
            return broken(Ending.GARBLED, "ANSWER-NOT-JSON", FailureClass.UNKNOWN)
        target = attempt.admission.target
        failure = self._judge_answer(attempt, content)
        if failure is not None and failure.failure_class in CALLERS_OWN:
            return await self._deliver_error(attempt, reply.status, reply.headers, body, failure)
        if failure is not None:
            return Loss(Ending.FAILED, failure)
        if attempt.admission.prompt.stream:
            return broken(Ending.GARBLED, "ANSWER-NOT-A-STREAM", FailureClass.UNKNOWN)
        if self._wire(attempt).answer_names.isdisjoint(content):
            return broken(Ending.GARBLED, "ANSWER-EMPTY", FailureClass.UNKNOWN)
        attempt.usage, attempt.model_returned = self._wire(attempt).answer(content)
        await attempt.gate.keep(attempt.admission, kept_ids(content))
        restored = attempt.gate.restore(attempt.admission, body)
        self._history.succeeded(target)
        await attempt.settle(Ending.COMPLETE)
        return Delivery(attempt.admission, reply.status, reply.headers, restored, None)

    def _judge_answer(self, attempt: Attempt, content: Mapping[str, object]) -> Failure | None:
        """A kept response may have failed long ago: that says nothing of the destination now."""
        if attempt.admission.prompt.dialect in _LOOKING_BACK:
            return None
        worked = self._history.worked_recently(attempt.admission.target)
        return self._judge.judge_in_band(content, worked_recently=worked)

    async def _deliver_error(
        self, attempt: Attempt, status: int, headers: Headers, body: bytes, failure: Failure
    ) -> Delivery:
        shown = attempt.gate.restore(attempt.admission, body) if read_object(body) is not None else body
        await attempt.settle(Ending.FAILED, failure)
        return Delivery(attempt.admission, status, headers, shown, None)

    async def _collect(self, attempt: Attempt, chunks: AsyncIterator[bytes]) -> bytes | None:
        pieces: list[bytes] = []
        size_bytes = 0
        async for piece in chunks:
            attempt.received(piece)
            size_bytes += len(piece)
            if size_bytes > self._limits.answer_bytes:
                return None
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _conclude(self, attempt: Attempt, ending: Ending, error: bytes | None) -> None:
        """Settles a delivered stream."""
        if ending in (Ending.COMPLETE, Ending.CLIENT_CLOSED, Ending.UNKNOWN):
            if ending is Ending.COMPLETE:
                self._history.succeeded(attempt.admission.target)
            await attempt.settle(ending)
            return
        if error is not None:
            loss = Loss(ending, self._read_in_band(attempt, error))
        else:
            loss = broken(ending, f"STREAM-{ending.value.upper()}")
        await self._settle_loss(attempt, loss)

    async def _settle_loss(self, attempt: Attempt, loss: Loss) -> None:
        if loss.failure.failure_class not in CALLERS_OWN and loss.failure.signature != "GATE-WITHDRAWN":
            attempt.gate.report(attempt.admission.target, loss.failure, attempt.admission)
        await attempt.settle(loss.ending, loss.failure)

    def _read_in_band(self, attempt: Attempt, body: bytes) -> Failure:
        worked = self._history.worked_recently(attempt.admission.target)
        found = self._judge.judge_in_band(read_object(body) or {}, worked_recently=worked)
        return found or broken(Ending.FAILED, "STREAM-ERROR", FailureClass.UNKNOWN).failure

    def _wire(self, attempt: Attempt) -> Wire:
        return self._wires[attempt.admission.prompt.dialect]


_LOOKING_BACK = frozenset({Dialect.OPENAI_STORED})
_GONE = Failure(FailureClass.CALLER, Scope.CALL, "STATE-GONE", 404, certain=True)
_JSON: Headers = (("content-type", "application/json"),)


def _is_stream(headers: Headers) -> bool:
    return any(name == "content-type" and value.startswith("text/event-stream") for name, value in headers)
