"""Withdrawn access: transitions, scope, restarts."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from routers.access_file import AccessKeeper, AccessLost, load_access, save_access
from routers.revocation import EVERY_MODEL, AccessRegistry, AccessState, Transition
from routers.types import Access, AttemptId, DestinationId, Failure, FailureClass, ModelName, Scope
from tests.fakes.targets import target

HERE, OTHER_MODEL, ELSEWHERE = target("a", model="m"), target("a", model="n"), target("b", model="m")


class Desk:
    """A registry with a clock the test owns."""

    def __init__(self, states: tuple[AccessState, ...] = ()) -> None:
        self.seconds = 100.0
        self.changes: list[Transition] = []
        self.registry = AccessRegistry(
            self.changes.append, now_ms=lambda: 1_000, now_s=lambda: self.seconds, states=states
        )

    def report(self, failure: Failure, attempt: str = "r1-1") -> None:
        self.registry.report(HERE, failure, AttemptId(attempt))

    def steps(self) -> list[tuple[str, str, str]]:
        return [(t.before.value, t.state.access.value, t.state.cause) for t in self.changes]


def test_what_has_not_proved_itself_is_held_until_it_has() -> None:
    desk = Desk()
    desk.registry.hold(HERE.destination.id, cause="attestation", evidence="stale")
    desk.registry.hold(HERE.destination.id, cause="attestation", evidence="missing")
    assert desk.registry.access(HERE) is Access.HELD
    desk.registry.release(HERE.destination.id, cause="another")
    assert desk.registry.access(HERE) is Access.HELD
    desk.registry.release(HERE.destination.id, cause="attestation")
    assert desk.registry.access(HERE) is Access.ACTIVE
    assert desk.steps() == [("active", "held", "attestation"), ("held", "active", "attestation")]


def test_a_proof_opens_nothing_that_an_operator_or_the_provider_closed() -> None:
    desk = Desk()
    desk.registry.suspend(HERE.destination.id, EVERY_MODEL, reason="audit", actor="operator")
    desk.registry.hold(HERE.destination.id, cause="attestation", evidence="stale")
    desk.registry.release(HERE.destination.id, cause="attestation")
    assert desk.registry.access(HERE) is Access.HELD
    assert desk.steps() == [("active", "held", "operator")]


def failure(kind: FailureClass, scope: Scope = Scope.MODEL, *, certain: bool = True) -> Failure:
    return Failure(kind, scope, "RULE-1", 400, certain)


WITHDRAWING = [
    FailureClass.REVOKED,
    FailureClass.RETIRED,
    FailureClass.REGION,
    FailureClass.AUTH,
    FailureClass.BILLING,
]
HARMLESS = [kind for kind in FailureClass if kind not in {*WITHDRAWING, FailureClass.TERMS}]


@pytest.mark.parametrize("kind", WITHDRAWING)
def test_a_certain_signature_revokes_at_once(kind: FailureClass) -> None:
    desk = Desk()
    desk.report(failure(kind))
    assert desk.registry.access(HERE) is Access.REVOKED
    assert desk.steps() == [("active", "revoked", "RULE-1")]
    state = desk.changes[0].state
    assert (state.evidence, state.actor, state.since_ms, state.model) == ("r1-1", "gateway", 1_000, "m")


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_passes_or_is_the_callers_own_revokes_nothing(kind: FailureClass) -> None:
    desk = Desk()
    for number in range(50):
        desk.report(failure(kind, Scope.ACCOUNT), f"r{number}-1")
    assert (desk.registry.access(HERE), desk.changes) == (Access.ACTIVE, [])


def test_changed_terms_hold_it_for_a_person() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.TERMS))
    assert desk.registry.access(HERE) is Access.HELD


@pytest.mark.parametrize(
    ("scope", "other_model", "elsewhere"),
    [
        (Scope.MODEL, "active", "active"),
        (Scope.CALL, "active", "active"),
        (Scope.KEY, "revoked", "active"),
        (Scope.ACCOUNT, "revoked", "active"),
        (Scope.REGION, "revoked", "active"),
        (Scope.VENDOR, "revoked", "active"),
    ],
)
def test_the_scope_says_how_far_it_reaches(scope: Scope, other_model: str, elsewhere: str) -> None:
    desk = Desk()
    desk.report(failure(FailureClass.REVOKED, scope))
    assert desk.registry.access(HERE) is Access.REVOKED
    assert desk.registry.access(OTHER_MODEL).value == other_model
    assert desk.registry.access(ELSEWHERE).value == elsewhere


def test_an_ambiguous_signature_needs_two_confirmations() -> None:
    desk = Desk()
    doubtful = failure(FailureClass.AUTH, Scope.KEY, certain=False)
    seen = []
    for number in range(3):
        desk.report(doubtful, f"r{number}-1")
        seen.append(desk.registry.access(HERE).value)
        desk.seconds += 10
    assert seen == ["suspect", "suspect", "revoked"]
    assert [step[1] for step in desk.steps()] == ["suspect", "revoked"]


def test_confirmations_far_apart_revoke_nothing() -> None:
    desk = Desk()
    doubtful = failure(FailureClass.REGION, Scope.REGION, certain=False)
    for number in range(6):
        desk.report(doubtful, f"r{number}-1")
        desk.seconds += 31
    assert desk.registry.access(HERE) is Access.SUSPECT
    assert len(desk.changes) == 1


def test_a_flapping_location_error_makes_few_transitions() -> None:
    desk = Desk()
    doubtful = failure(FailureClass.REGION, Scope.REGION, certain=False)
    for number in range(30):
        desk.report(doubtful, f"r{number}-1")
        desk.seconds += 40
    assert len(desk.changes) <= 8


def test_an_answer_clears_a_suspicion_but_no_revocation() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.AUTH, Scope.KEY, certain=False))
    desk.registry.succeeded(OTHER_MODEL)
    assert desk.registry.access(HERE) is Access.ACTIVE
    assert desk.steps()[-1] == ("suspect", "active", "answered")
    desk.report(failure(FailureClass.REVOKED))
    desk.registry.succeeded(HERE)
    assert desk.registry.access(HERE) is Access.REVOKED


def test_a_suspicion_that_nobody_confirms_lapses() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.RETIRED, certain=False))
    desk.seconds += 299
    assert desk.registry.access(HERE) is Access.SUSPECT
    desk.seconds += 2
    assert desk.registry.access(HERE) is Access.ACTIVE
    assert desk.steps()[-1] == ("suspect", "active", "lapsed")


def test_a_revocation_never_lapses() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.BILLING, Scope.ACCOUNT))
    desk.seconds += 1e9
    assert desk.registry.access(HERE) is Access.REVOKED


def test_a_revocation_is_reported_once() -> None:
    desk = Desk()
    for number in range(100):
        desk.report(failure(FailureClass.REVOKED), f"r{number}-1")
    assert len(desk.changes) == 1


def test_an_operator_suspends_and_restores() -> None:
    desk = Desk()
    desk.registry.suspend(DestinationId("a"), EVERY_MODEL, reason="export licence", actor="key-7")
    assert desk.registry.access(OTHER_MODEL) is Access.HELD
    desk.report(failure(FailureClass.AUTH, Scope.KEY, certain=False))
    desk.registry.restore(DestinationId("a"), EVERY_MODEL, reason="lifted", actor="key-7")
    desk.registry.restore(DestinationId("a"), EVERY_MODEL, reason="again", actor="key-7")
    assert desk.registry.access(OTHER_MODEL) is Access.ACTIVE
    assert desk.steps() == [("active", "held", "operator"), ("held", "active", "operator")]
    assert [t.state.evidence for t in desk.changes] == ["export licence", "lifted"]


def test_the_stricter_of_place_and_model_counts() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.REVOKED))
    desk.registry.suspend(DestinationId("a"), EVERY_MODEL, reason="x", actor="y")
    assert desk.registry.access(HERE) is Access.HELD
    desk.registry.restore(DestinationId("a"), EVERY_MODEL, reason="x", actor="y")
    assert desk.registry.access(HERE) is Access.REVOKED


def test_lost_knowledge_is_suspicion() -> None:
    desk = Desk()
    desk.report(failure(FailureClass.REVOKED, Scope.ACCOUNT))
    desk.registry.doubt([DestinationId("a"), DestinationId("b")], cause="state-lost")
    assert desk.registry.access(HERE) is Access.REVOKED
    assert desk.registry.access(ELSEWHERE) is Access.SUSPECT
    assert desk.steps()[-1] == ("active", "suspect", "state-lost")


def test_a_revocation_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "access.json"
    desk = Desk()
    desk.report(failure(FailureClass.REVOKED))
    desk.registry.suspend(DestinationId("b"), EVERY_MODEL, reason="held", actor="key-7")
    save_access(path, desk.registry.states())
    again = Desk(load_access(path, first_start=False))
    assert again.registry.access(HERE) is Access.REVOKED
    assert again.registry.access(ELSEWHERE) is Access.HELD
    assert again.registry.states() == desk.registry.states()
    assert again.changes == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["access.json"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[]",
        b'{"version":2,"states":[]}',
        b'{"version":1,"states":[{"destination":"a"}]}',
        b'{"version":1}',
    ],
)
def test_a_missing_or_damaged_file_is_never_taken_for_no_revocations(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "access.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AccessLost):
        load_access(path, first_start=False)


def test_only_a_first_start_may_have_no_file(tmp_path: Path) -> None:
    assert load_access(tmp_path / "access.json", first_start=True) == ()


async def test_the_keeper_writes_the_newest_states_in_the_background(tmp_path: Path) -> None:
    path = tmp_path / "access.json"
    errors: list[OSError] = []
    desk = Desk()
    keeper = AccessKeeper(path, desk.registry.states, errors.append)
    for number in range(20):
        desk.registry.suspend(DestinationId(f"d{number}"), EVERY_MODEL, reason="r", actor="k")
        keeper.changed()
    await keeper.close()
    kept = await asyncio.to_thread(load_access, path, first_start=False)
    assert (len(kept), errors) == (20, [])


async def test_a_failed_write_is_told_and_the_next_change_tries_again(tmp_path: Path) -> None:
    place = tmp_path / "later"
    errors: list[OSError] = []
    desk = Desk()
    keeper = AccessKeeper(place / "access.json", desk.registry.states, errors.append)
    keeper.changed()
    await keeper.close()
    assert len(errors) == 1
    await asyncio.to_thread(place.mkdir)
    keeper.changed()
    await keeper.close()
    assert await asyncio.to_thread((place / "access.json").exists)


def test_a_state_names_the_place() -> None:
    state = AccessState(DestinationId("a"), ModelName("m"), Access.REVOKED, Scope.MODEL, "RULE-1", "r1-1", "gateway", 5)
    desk = Desk((state, replace(state, destination=DestinationId("0"))))
    assert [kept.destination for kept in desk.registry.states()] == ["0", "a"]
