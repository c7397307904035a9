"""READ FIRST: request -> identity -> classify -> decide -> route -> redact -> record -> forward -> restore -> record.

Stages do not know each other. `Pipeline.run` is the first half of the sentence; `gateway.passage` is the second half,
walked once per attempt, because every attempt is decided, masked and recorded anew.
"""

from __future__ import annotations

from functools import partial

from gateway import entries
from gateway.continuing import LastingAnswer, Rest, can_continue, with_said
from gateway.errors import GatewayError, ModelNotFound, StateNotFound, UpstreamFailed
from gateway.exchange import Exchange, TraceSink
from gateway.identity.purposes import purpose_of, require_role
from gateway.passage import Passage
from gateway.ports import Request, Stages
from gateway.refusals import Refused, after_attempts, before_attempts
from gateway.types import Call, Identity, Role, RuleId
from routers.errors import AttemptsExhausted, UnknownModel
from routers.failover import AnswerStream, Delivery
from routers.sending import CALLERS_OWN
from routers.types import Plan, Target
from routers.wire.continuing import Begun


class Pipeline:
    """The product's sentence. Holds no state between requests."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        """Returns an answer that has begun. Raises a `GatewayError`; whatever was decided by then is on record."""
        identity = self._stages.keys.identify(request.credential)
        require_role(identity, Role.CALL)
        call = await self._recall(identity, await request.read(identity), trace)
        candidates = self._candidates(call)
        passage = await self._classify(identity, call, trace)
        plan = await self._decide_and_route(passage, candidates)
        delivery = await self._forward(passage, plan)
        chunks = self._lasting(identity, call, passage, delivery.chunks)
        return Exchange(delivery.status, delivery.headers, trace.freeze(), delivery.body, chunks)

    async def _recall(self, identity: Identity, call: Call, trace: TraceSink) -> Call:
        """State that is not known here could hold anything, and nobody could restore what comes of it."""
        recalled = await self._stages.vault.recall(identity, call)
        if call.builds_on and recalled.memory is None:
            passage = await self._classify(identity, call, trace)
            raise await self._refuse(passage, StateNotFound("what the request builds on is not known here"))
        return recalled

    def _candidates(self, call: Call) -> tuple[Target, ...]:
        try:
            candidates = self._stages.router.candidates(call.model, call.dialect)
        except UnknownModel:
            candidates = ()
        if call.memory is not None:
            candidates = tuple(one for one in candidates if one.destination.id == call.memory.destination)
        if not candidates:
            raise ModelNotFound("the requested model is not offered here")
        return candidates

    async def _classify(
        self, identity: Identity, call: Call, trace: TraceSink, before: Passage | None = None
    ) -> Passage:
        purpose = purpose_of(identity, call)
        found = await self._stages.classifier.classify(call)
        content = await self._stages.standing.settle(identity, call, found)
        commitment = self._stages.audit.commitment(call.body)
        case = entries.Case(identity, call, content, purpose, (), self._stages.policy.revision, commitment)
        return Passage(self._stages, case, trace, before)

    async def _decide_and_route(self, passage: Passage, candidates: tuple[Target, ...]) -> Plan:
        verdicts = await passage.judge(candidates)
        allowed = {(t.destination.id, t.model): v.allowed for t, v in zip(candidates, verdicts, strict=True)}
        plan = self._stages.router.plan(candidates, allowed)
        if not plan.targets:
            raise await self._refuse(passage, before_attempts(verdicts))
        return plan

    async def _forward(self, passage: Passage, plan: Plan) -> Delivery:
        try:
            return await self._stages.failover.run(plan, passage)
        except AttemptsExhausted as exhausted:
            raise await self._refuse(passage, after_attempts(exhausted.failures, passage.verdicts)) from None

    def _lasting(
        self, identity: Identity, call: Call, passage: Passage, answer: AnswerStream | None
    ) -> AnswerStream | None:
        """The answer, gone on with in the house where it breaks off, if anybody there can."""
        if answer is None:
            return None
        candidates = tuple(one for one in self._candidates(call) if can_continue(one, call.dialect))
        if not candidates:
            return answer
        return LastingAnswer(answer, call.dialect, partial(self._go_on, identity, call, passage, candidates))

    async def _go_on(
        self, identity: Identity, call: Call, broken: Passage, candidates: tuple[Target, ...], begun: Begun
    ) -> Rest | None:
        """The same sentence again, for the request with what was said: classified, decided, masked, recorded anew."""
        further = with_said(call, begun.said)
        if further is None or (broken.failure is not None and broken.failure.failure_class in CALLERS_OWN):
            return None
        trace = TraceSink(call.request_id)
        try:
            passage = await self._classify(identity, further, trace, broken)
            delivery = await self._forward(passage, await self._decide_and_route(passage, candidates))
        except GatewayError:
            return None
        if delivery.chunks is None:
            return None
        return Rest(delivery.chunks, trace.destination, trace.record)

    async def _refuse(self, passage: Passage, error: Refused | StateNotFound) -> GatewayError:
        rules = () if isinstance(error, UpstreamFailed | StateNotFound) else tuple(RuleId(rule) for rule in error.rules)
        await passage.record_refusal(error, rules)
        return error
