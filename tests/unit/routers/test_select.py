"""Which allowed candidate comes first."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from routers.select import order
from routers.types import Access, Target
from tests.fakes.targets import target

OWN = target("own", model="asked", price=9)
DEAR = target("dear", model="asked", price=8)
CHEAP = target("cheap", model="asked", price=1)
SUBSTITUTE = target("substitute", model="other", price=0)
ALL = (OWN, DEAR, CHEAP, SUBSTITUTE)


def names(
    *, denied: Collection[str] = (), unhealthy: Collection[str] = (), access: dict[str, Access] | None = None
) -> list[str]:
    states = access or {}

    def state(candidate: Target) -> Access:
        return states.get(candidate.destination.id, Access.ACTIVE)

    allowed = {(one.destination.id, one.model): one.destination.id not in denied for one in ALL}
    plan = order(ALL, allowed, access=state, is_healthy=lambda one: one.destination.id not in unhealthy)
    return [one.destination.id for one in plan.targets]


def test_own_place_first_then_the_same_model_by_price_then_substitutes() -> None:
    assert names() == ["own", "cheap", "dear", "substitute"]


def test_a_denied_candidate_is_never_planned() -> None:
    assert names(denied=["own", "cheap"]) == ["dear", "substitute"]
    assert names(denied=["own", "cheap", "dear", "substitute"]) == []


def test_an_unhealthy_candidate_comes_last() -> None:
    assert names(unhealthy=["own"]) == ["cheap", "dear", "substitute", "own"]


@pytest.mark.parametrize("closed", [Access.REVOKED, Access.HELD])
def test_withdrawn_access_is_never_planned(closed: Access) -> None:
    assert names(access={"own": closed}) == ["cheap", "dear", "substitute"]


def test_a_suspect_comes_last() -> None:
    assert names(access={"own": Access.SUSPECT}) == ["cheap", "dear", "substitute", "own"]


def test_a_candidate_nobody_judged_is_not_allowed() -> None:
    plan = order(ALL, {}, access=lambda _: Access.ACTIVE, is_healthy=lambda _: True)
    assert plan.targets == ()
