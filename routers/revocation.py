"""Access withdrawn: which destinations and models still let us in, and why we believe so.

    ACTIVE -> SUSPECT    an ambiguous signature: a missing model, a bad key, a location error
    ACTIVE -> REVOKED    a certain signature: disabled, terminated, country not supported, empty balance
    SUSPECT -> REVOKED   confirmed twice within `confirm_s`
    SUSPECT -> ACTIVE    it answered, or nothing confirmed the suspicion for `suspect_s`
    any -> HELD          an operator suspends it, the provider asks for terms that a person must accept, or an
                         in-house destination has not proved itself (`routers.attestation`)
    HELD -> ACTIVE       it has proved itself again, when that was the cause
    any -> ACTIVE        an operator restores it; nothing else undoes REVOKED or HELD

A failure of a key, an account, a vendor or a region closes the whole destination; one of a model, that model there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from routers.types import Access, AttemptId, DestinationId, Failure, FailureClass, ModelName, Scope, Target

EVERY_MODEL = ModelName("")
"""The model of a state that holds for the whole destination."""
GATEWAY = "gateway"
"""The actor of changes that no person made."""

Place = tuple[DestinationId, ModelName]

_WITHDRAWN = frozenset(
    {FailureClass.REVOKED, FailureClass.RETIRED, FailureClass.REGION, FailureClass.AUTH, FailureClass.BILLING}
)
_SEVERITY = {Access.ACTIVE: 0, Access.SUSPECT: 1, Access.REVOKED: 2, Access.HELD: 3}
_CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True)
class AccessState:
    """What is believed of a place. `evidence` is the attempt that showed it, or an operator's words."""

    destination: DestinationId
    model: ModelName
    access: Access
    scope: Scope
    cause: str
    evidence: str
    actor: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Transition:
    """One change. `state.access` is the state after it."""

    before: Access
    state: AccessState


@dataclass(slots=True)
class _Suspicion:
    """When a suspicion began and was confirmed, in seconds of a clock that never goes backwards."""

    began_s: float
    confirmed_s: list[float]


class AccessRegistry:
    """The access states of one process. Single event loop; nothing here blocks.

    `on_change` is called once for every transition, in order, and must not block. `states` are those of an earlier
    process; they are not reported again.
    """

    def __init__(
        self,
        on_change: Callable[[Transition], None],
        *,
        now_ms: Callable[[], int],
        now_s: Callable[[], float],
        states: Iterable[AccessState] = (),
        confirm_s: float = 30.0,
        suspect_s: float = 300.0,
    ) -> None:
        self._on_change = on_change
        self._now_ms = now_ms
        self._now_s = now_s
        self._confirm_s = confirm_s
        self._suspect_s = suspect_s
        self._states: dict[Place, AccessState] = {}
        self._suspicions: dict[Place, _Suspicion] = {}
        for state in states:
            self._keep(state)

    def access(self, target: Target) -> Access:
        """Returns the stricter of what holds for the destination and for the model there."""
        if not self._states:
            return Access.ACTIVE
        destination = target.destination.id
        found = (self._of((destination, EVERY_MODEL)), self._of((destination, target.model)))
        return max(found, key=_SEVERITY.__getitem__)

    def states(self) -> tuple[AccessState, ...]:
        """Returns everything that is not active, sorted by place."""
        return tuple(self._states[place] for place in sorted(self._states))

    def report(self, target: Target, failure: Failure, attempt: AttemptId) -> None:
        """Draws the conclusion from one failure. Failures in passing and the caller's own change nothing."""
        place = _place(target, failure.scope)
        after = _conclusion(failure)
        before = self._of(place)
        if after is None or _SEVERITY[before] >= _SEVERITY[Access.REVOKED]:
            return
        if after is Access.SUSPECT and before is Access.SUSPECT and self._is_confirmed(place):
            after = Access.REVOKED
        if after is not before:
            self._change(place, after, failure.scope, failure.signature, attempt, GATEWAY)

    def succeeded(self, target: Target) -> None:
        """An answer clears a suspicion. It does not undo a revocation: the answer may be older than that."""
        if not self._suspicions:
            return
        destination = target.destination.id
        for place in ((destination, EVERY_MODEL), (destination, target.model)):
            if place in self._suspicions:
                self._change(place, Access.ACTIVE, self._states[place].scope, "answered", "", GATEWAY)

    def suspend(self, destination: DestinationId, model: ModelName, *, reason: str, actor: str) -> None:
        """An operator closes a destination (`EVERY_MODEL`) or a model there."""
        self._change((destination, model), Access.HELD, Scope.VENDOR, "operator", reason, actor)

    def restore(self, destination: DestinationId, model: ModelName, *, reason: str, actor: str) -> None:
        """An operator opens it again, whatever closed it."""
        if (destination, model) in self._states:
            self._change((destination, model), Access.ACTIVE, Scope.VENDOR, "operator", reason, actor)

    def hold(self, destination: DestinationId, *, cause: str, evidence: str) -> None:
        """Closes a destination for a cause of ours, unless something stricter or an operator closed it already."""
        if _SEVERITY[self._of((destination, EVERY_MODEL))] < _SEVERITY[Access.REVOKED]:
            self._change((destination, EVERY_MODEL), Access.HELD, Scope.VENDOR, cause, evidence, GATEWAY)

    def release(self, destination: DestinationId, *, cause: str, evidence: str = "") -> bool:
        """Opens what was held for this cause, and tells whether it was; what anything else closed stays closed."""
        state = self._states.get((destination, EVERY_MODEL))
        held = state is not None and state.access is Access.HELD and state.cause == cause
        if held:
            self._change((destination, EVERY_MODEL), Access.ACTIVE, Scope.VENDOR, cause, evidence, GATEWAY)
        return held

    def confirm(self, destination: DestinationId, *, cause: str, evidence: str) -> bool:
        """Says on what grounds an active destination is one; whether it is active."""
        place = (destination, EVERY_MODEL)
        if self._of(place) is not Access.ACTIVE:
            return False
        self._change(place, Access.ACTIVE, Scope.VENDOR, cause, evidence, GATEWAY)
        return True

    def doubt(self, destinations: Iterable[DestinationId], *, cause: str) -> None:
        """Makes every active destination suspect: what was known of them is lost."""
        for destination in destinations:
            if self._of((destination, EVERY_MODEL)) is Access.ACTIVE:
                self._change((destination, EVERY_MODEL), Access.SUSPECT, Scope.VENDOR, cause, "", GATEWAY)

    def _of(self, place: Place) -> Access:
        """The state now: a suspicion that nobody confirmed has lapsed."""
        state = self._states.get(place)
        if state is None:
            return Access.ACTIVE
        suspicion = self._suspicions.get(place)
        if suspicion is not None and self._now_s() - suspicion.began_s > self._suspect_s:
            self._change(place, Access.ACTIVE, state.scope, "lapsed", "", GATEWAY)
            return Access.ACTIVE
        return state.access

    def _is_confirmed(self, place: Place) -> bool:
        now_s = self._now_s()
        suspicion = self._suspicions[place]
        recent = [at_s for at_s in suspicion.confirmed_s if now_s - at_s <= self._confirm_s]
        suspicion.confirmed_s = [*recent, now_s]
        return len(suspicion.confirmed_s) >= _CONFIRMATIONS

    def _change(self, place: Place, after: Access, scope: Scope, cause: str, evidence: str, actor: str) -> None:
        known = self._states.get(place)
        before = Access.ACTIVE if known is None else known.access
        state = AccessState(*place, after, scope, cause, evidence, actor, self._now_ms())
        self._keep(state)
        self._on_change(Transition(before, state))

    def _keep(self, state: AccessState) -> None:
        place = (state.destination, state.model)
        self._suspicions.pop(place, None)
        if state.access is Access.ACTIVE:
            self._states.pop(place, None)
            return
        self._states[place] = state
        if state.access is Access.SUSPECT:
            self._suspicions[place] = _Suspicion(self._now_s(), [])


def _place(target: Target, scope: Scope) -> Place:
    narrow = scope in (Scope.MODEL, Scope.CALL)
    return target.destination.id, target.model if narrow else EVERY_MODEL


def _conclusion(failure: Failure) -> Access | None:
    if failure.failure_class is FailureClass.TERMS:
        return Access.HELD
    if failure.failure_class not in _WITHDRAWN:
        return None
    return Access.REVOKED if failure.certain else Access.SUSPECT
