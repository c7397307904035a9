"""The second half of the sentence, once per attempt: decide -> redact -> record -> (forward) -> restore -> record.

A `Passage` is the gateway's side of `routers.failover.Gate`. One per request; never shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway import duties, entries
from gateway.errors import GatewayError, NoPermittedRoute
from gateway.exchange import TraceSink
from gateway.policy.question import question_for
from gateway.ports import Sealed, Stages, StreamRestorer
from gateway.types import Restoration, RuleId, Sight, Verdict
from routers.failover import Admission
from routers.types import Access, AttemptId, AttemptOutcome, DestinationId, Failure, Kind, Prompt, Target

_DAY_MS = 86_400_000


@dataclass(slots=True)
class _Way:
    """What one admitted attempt needs on its way back."""

    sent: entries.Sent
    sealed: Sealed
    live: StreamRestorer | None = None
    restoration: Restoration = field(default_factory=Restoration)


@dataclass(frozen=True, slots=True)
class _Decided:
    """A verdict about one destination, and what of its question can change while a request is under way."""

    sight: Sight
    access: Access
    day: int
    revision: str
    verdict: Verdict

    def holds(self, sight: Sight, access: Access, day: int, revision: str) -> bool:
        """Whether the question would be the same. Labels that were made anew are others, though they may be equal."""
        return (
            sight.content is self.sight.content
            and sight.found is self.sight.found
            and sight.bulk == self.sight.bulk
            and (access, day, revision) == (self.access, self.day, self.revision)
        )


class Passage:
    """One request's attempts."""

    def __init__(self, stages: Stages, case: entries.Case, trace: TraceSink, before: Passage | None = None) -> None:
        """`before` are the attempts whose answer broke off: these are counted on from them, and have their cause."""
        self._stages = stages
        self._case = case
        self._trace = trace
        self._ways: dict[AttemptId, _Way] = {}
        self._decided: dict[DestinationId, _Decided] = {}
        self._earlier = 0 if before is None else before.attempts
        self._cause = None if before is None else before.failure
        self.attempts: int = self._earlier
        self.failure: Failure | None = None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What was decided for every candidate."""
        return self._case.verdicts

    async def judge(self, candidates: Iterable[Target]) -> tuple[Verdict, ...]:
        """Decides for every candidate and remembers it for the record."""
        verdicts = tuple([await self._decide(target) for target in candidates])
        self._case = replace(self._case, verdicts=verdicts)
        return verdicts

    async def _decide(self, target: Target) -> Verdict:
        """Decides anew: from what is seen of the call there, access and day as they are now.

        Where all of that is as it was when this request asked last, so is the verdict, which follows from nothing else.
        """
        case, stages, sight = self._case, self._stages, self._sight(target)
        access, now_ms = stages.router.access(target), stages.clock.now_ms()
        place = target.destination.id
        now = access, now_ms // _DAY_MS, stages.policy.revision
        known = self._decided.get(place)
        if known is not None and known.holds(sight, *now):
            return known.verdict
        question = question_for(
            identity=case.identity,
            call=case.call,
            sight=sight,
            purpose=case.purpose,
            destination=place,
            access=access,
            now_ms=now_ms,
        )
        verdict = await duties.decide(stages.policy, question, sight.found)
        self._decided[place] = _Decided(sight, *now, verdict)
        return verdict

    def _sight(self, target: Target) -> Sight:
        case = self._case
        return self._stages.standing.sight(case.identity, case.call, case.content, target.destination)

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        """Decides anew, masks, and makes the intent durable. A denial is recorded and returns `None`."""
        stages, call = self._stages, self._case.call
        verdict = await self._decide(target)
        if not verdict.allowed:
            await self.record_refusal(NoPermittedRoute(verdict.rules), verdict.rules, verdict.destination)
            return None
        await self._count(target)
        sealed = stages.redactor.redact(call, self._case.identity, self._case.content, verdict.obligations)
        self.attempts = number = number + self._earlier
        attempt_id = entries.attempt_id(call.request_id, number)
        commitment = self._commitment(sealed.body)
        attempt = entries.Attempt(attempt_id, number, cause or self._cause, target, verdict, sealed, commitment)
        dispatch = await stages.audit.admit(entries.intent(self._case, attempt), sealed.body)
        sent = entries.Sent(attempt_id, dispatch.intent_seq, verdict.destination)
        self._ways[attempt_id] = _Way(sent, sealed)
        self._trace.destination, self._trace.record = verdict.destination, str(dispatch.intent_seq)
        self._trace.decision = f"allow; level={self._case.content.labels.level.label}"
        prompt = Prompt(call.dialect, sealed.body, call.headers, call.stream, self._salt(target))
        return Admission(attempt_id, target, prompt, dispatch.permit)

    def _commitment(self, body: bytes) -> str:
        case = self._case
        return case.body_commitment if body is case.call.body else self._stages.audit.commitment(body)

    def _salt(self, target: Target) -> str:
        """Engines outside the house keep no cache of ours apart, and would not know the field."""
        if target.destination.kind is not Kind.INHOUSE:
            return ""
        return self._stages.salts.salt(self._case.identity, self._case.call, self._case.content.labels.level)

    async def _count(self, target: Target) -> None:
        """Counts before the record and so before any byte: an attempt that fails later counts too."""
        case, stages = self._case, self._stages
        for crossing in await stages.standing.count(case.call, case.content, target.destination):
            await stages.audit.append(entries.bulk_count(case, crossing))

    async def permitted(self, target: Target) -> bool:
        """Whether the target is still allowed: asked once more after the record is durable, before bytes leave."""
        return (await self._decide(target)).allowed

    def restore(self, admission: Admission, body: bytes) -> bytes:
        """Returns a whole answer with the caller's own values put back."""
        way = self._ways[admission.attempt_id]
        restored, way.restoration = way.sealed.restorer.whole(body)
        return restored

    def restorer(self, admission: Admission) -> StreamRestorer:
        """Returns what puts the caller's own values back into a streamed answer."""
        way = self._ways[admission.attempt_id]
        way.live = way.sealed.restorer.stream(self._case.call.dialect)
        return way.live

    async def keep(self, admission: Admission, ids: Sequence[str]) -> None:
        """Makes durable what an answer stands for that the destination keeps under these ids."""
        case, sealed = self._case, self._ways[admission.attempt_id].sealed
        labels, issued = case.content.labels, sealed.issued
        await self._stages.vault.keep(case.identity, case.call, labels, issued, admission.target, ids)

    async def settle(self, admission: Admission, outcome: AttemptOutcome) -> None:
        """Records how the attempt ended, and remembers the failure that ended the last one."""
        self.failure = outcome.failure
        way = self._ways[admission.attempt_id]
        restoration = way.live.restoration if way.live else way.restoration
        await self._stages.audit.settle(entries.outcome(self._case, way.sent, outcome, restoration))
        await self._stages.vault.concluded(self._case.identity, self._case.call, outcome.status)

    def report(self, target: Target, failure: Failure, admission: Admission) -> None:
        """Tells the router what a failure means for later calls."""
        self._stages.router.report(target, failure, admission.attempt_id)

    async def record_refusal(
        self, error: GatewayError, rules: tuple[RuleId, ...], destination: DestinationId | None = None
    ) -> None:
        """Records that the request, or one destination of it, was refused."""
        refusal = entries.refusal(self._case, error, rules, destination or "")
        seq = await self._stages.audit.append(refusal)
        self._trace.record = str(seq)
        self._trace.decision = f"deny; rules={','.join(rules)}" if rules else f"deny; code={error.code}"
