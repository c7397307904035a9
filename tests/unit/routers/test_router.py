"""The Router port over catalogue, endpoints, access and health."""

from __future__ import annotations

import pytest

from routers.catalog import Catalog
from routers.errors import CatalogError, UnknownModel
from routers.health import Circuits
from routers.retries import RetryBudget
from routers.revocation import AccessRegistry
from routers.router import CatalogRouter
from routers.types import Access, AttemptId, DestinationId, Dialect, Failure, FailureClass, ModelName, Scope
from routers.upstreams.endpoint import Endpoint
from tests.fakes.targets import target

A, B = target("a", model="m"), target("b", model="m")
CATALOG = Catalog(
    {one.destination.id: one.destination for one in (A, B)},
    {ModelName("m"): (A, B), ModelName("only-b"): (B,)},
    "digest",
)
LOOPBACK = Endpoint("http://127.0.0.1:1")


class Bench:
    """A router with a clock the test owns."""

    def __init__(self, *configured: str) -> None:
        self.seconds = 0.0
        registry = AccessRegistry(lambda _: None, now_ms=lambda: 0, now_s=lambda: self.seconds)
        endpoints = {DestinationId(name): LOOPBACK for name in configured}
        self.router = CatalogRouter(CATALOG, endpoints, registry, Circuits(lambda: self.seconds))

    def plan(self) -> list[str]:
        allowed = {(one.destination.id, one.model): True for one in (A, B)}
        return [one.destination.id for one in self.router.plan((A, B), allowed).targets]

    def fail(self, kind: FailureClass, *, retry_after_s: float | None = None, certain: bool = True) -> None:
        failure = Failure(kind, Scope.MODEL, "RULE", 500, certain, retry_after_s)
        self.router.report(A, failure, AttemptId("r-1"))


def test_only_configured_destinations_are_candidates() -> None:
    assert Bench("a", "b").router.candidates("m", Dialect.OPENAI_CHAT) == (A, B)
    assert Bench("a").router.candidates("m", Dialect.OPENAI_CHAT) == (A,)
    assert Bench("a").router.candidates("only-b", Dialect.OPENAI_CHAT) == ()


def test_an_unknown_model_is_told_apart() -> None:
    with pytest.raises(UnknownModel):
        Bench("a").router.candidates("M", Dialect.OPENAI_CHAT)


@pytest.mark.parametrize(
    ("dialect", "found"),
    [
        (Dialect.OPENAI_CHAT, ("a", "b")),
        (Dialect.ANTHROPIC_MESSAGES, ("a", "b")),
        (Dialect.OPENAI_COMPLETIONS, ()),
        (Dialect.OPENAI_EMBEDDINGS, ()),
        (Dialect.ANTHROPIC_COUNT_TOKENS, ()),
    ],
)
def test_only_what_can_be_asked_in_the_dialect_is_a_candidate(dialect: Dialect, found: tuple[str, ...]) -> None:
    assert tuple(t.destination.id for t in Bench("a", "b").router.candidates("m", dialect)) == found


def test_vectors_of_another_model_are_never_a_candidate() -> None:
    first, same, other = (
        target(name, model=model, dialects=(Dialect.OPENAI_EMBEDDINGS,))
        for name, model in (("a", "e"), ("b", "e"), ("c", "f"))
    )
    catalog = Catalog(
        {one.destination.id: one.destination for one in (first, same, other)},
        {ModelName("e"): (first, other, same)},
        "digest",
    )
    registry = AccessRegistry(lambda _: None, now_ms=lambda: 0, now_s=lambda: 0.0)
    endpoints = {DestinationId(name): LOOPBACK for name in "abc"}
    router = CatalogRouter(catalog, endpoints, registry, Circuits(lambda: 0.0))
    assert router.candidates("e", Dialect.OPENAI_EMBEDDINGS) == (first, same)


def test_an_endpoint_the_catalogue_does_not_know_is_refused() -> None:
    with pytest.raises(CatalogError):
        Bench("a", "stranger")


def test_a_withdrawn_target_leaves_the_plan() -> None:
    bench = Bench("a", "b")
    bench.fail(FailureClass.REVOKED)
    assert bench.router.access(A) is Access.REVOKED
    assert bench.plan() == ["b"]


def test_three_failures_in_passing_put_a_target_last_for_a_while() -> None:
    bench = Bench("a", "b")
    for expected in (["a", "b"], ["a", "b"], ["b", "a"]):
        bench.fail(FailureClass.OVERLOADED)
        assert bench.plan() == expected
    bench.seconds += 16
    assert bench.plan() == ["a", "b"]
    assert bench.router.access(A) is Access.ACTIVE


def test_an_answer_closes_the_circuit() -> None:
    bench = Bench("a", "b")
    for _ in range(3):
        bench.fail(FailureClass.NETWORK)
    bench.router.succeeded(A)
    assert bench.plan() == ["a", "b"]


def test_a_target_that_asks_to_wait_rests_that_long_but_never_longer_than_a_minute() -> None:
    bench = Bench("a", "b")
    bench.fail(FailureClass.THROTTLED, retry_after_s=9_999)
    assert bench.plan() == ["b", "a"]
    bench.seconds += 61
    assert bench.plan() == ["a", "b"]


def test_the_callers_own_failures_say_nothing_about_health() -> None:
    bench = Bench("a", "b")
    for _ in range(9):
        bench.fail(FailureClass.CALLER)
        bench.fail(FailureClass.CONTENT)
    assert bench.plan() == ["a", "b"]


def test_a_success_is_remembered_for_a_day() -> None:
    bench = Bench("a", "b")
    assert not bench.router.worked_recently(A)
    bench.router.succeeded(A)
    assert bench.router.worked_recently(A)
    assert not bench.router.worked_recently(B)
    bench.seconds += 86_401
    assert not bench.router.worked_recently(A)


def test_retries_are_a_share_of_the_traffic() -> None:
    budget = RetryBudget(share=0.1, burst=5.0)
    spent = 0
    for _ in range(1_000):
        budget.earn()
        spent += budget.spend()
    assert 100 <= spent <= 105
