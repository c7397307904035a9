"""A failover never widens, and neither does doubt: less knowledge or more sensitivity can only take permission away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.policy.question import document
from gateway.policy.verdict import read_decision
from gateway.types import Category, HexDigest, PrincipalClass, Question, Verdict
from routers.catalog import CAPABILITIES
from routers.types import Access, DestinationId
from tests.unit.gateway.policy.samples import HARMLESS, AskedEngine, catalog, shipped_bundle

FIELDS = tuple(document(HARMLESS)["question"])  # type: ignore[arg-type, var-annotated]
WRONG = ("", "x", -1, 99, None, True, [], {}, ["x"], "4")
BOUNDED = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def questions() -> st.SearchStrategy[Question]:
    """Questions over the whole schema, leaning towards those that some destination may receive."""
    return st.builds(
        Question,
        principal_class=st.sampled_from([str(kind) for kind in PrincipalClass]),
        clearance=st.sampled_from([0, 2, 3, 4, 4, 4]),
        level=st.integers(0, 4),
        categories=st.lists(st.sampled_from([str(category) for category in Category]), max_size=3, unique=True).map(
            lambda names: tuple(sorted(names))
        ),
        features=st.lists(st.sampled_from(sorted(CAPABILITIES)), max_size=2, unique=True).map(tuple),
        purpose=st.sampled_from(["general", "engineering", "clinical", "unlisted"]),
        destination=st.sampled_from([*catalog().destinations, DestinationId("nowhere")]),
        access=st.sampled_from(["active", "active", "active", *(str(access) for access in Access)]),
        day=st.sampled_from(["2026-11-21", "2026-12-31", "2028-01-01"]),
    )


@pytest.fixture(name="engine", scope="module")
def _engine() -> Iterator[AskedEngine]:
    with AskedEngine(shipped_bundle()) as engine:
        yield engine


def answer(engine: AskedEngine, fields: object) -> Verdict:
    """What the rules alone say, without the schema check in front of them."""
    value = engine.evaluate({"question": fields})
    return read_decision(value, HARMLESS, revision=HexDigest("r"), question_digest=HexDigest("q"))


def fields_of(question: Question) -> dict[str, object]:
    """The fields as the engine gets them."""
    found = document(question)["question"]
    assert isinstance(found, dict)
    return found


def widens(before: Verdict, after: Verdict) -> bool:
    """Whether the second permits something the first did not."""
    if not after.allowed:
        return False
    if not before.allowed:
        return True
    kept = before.obligations.mask <= after.obligations.mask and before.obligations.drop <= after.obligations.drop
    return not kept


@BOUNDED
@given(question=questions(), field=st.sampled_from(FIELDS))
def test_a_missing_field_never_widens(engine: AskedEngine, question: Question, field: str) -> None:
    asked = fields_of(question)
    less = {name: value for name, value in asked.items() if name != field}

    assert not widens(answer(engine, asked), answer(engine, less))


@BOUNDED
@given(question=questions(), field=st.sampled_from(["level", "clearance", "categories", "features", "access", "day"]))
def test_a_field_of_the_wrong_type_never_widens(engine: AskedEngine, question: Question, field: str) -> None:
    asked = fields_of(question)
    before = answer(engine, asked)
    for value in WRONG:
        if type(value) is not type(asked[field]):
            assert not widens(before, answer(engine, {**asked, field: value}))


@BOUNDED
@given(question=questions())
def test_a_higher_level_never_widens(engine: AskedEngine, question: Question) -> None:
    asked = fields_of(question)
    before = answer(engine, asked)
    for level in range(question.level + 1, 5):
        assert not widens(before, answer(engine, {**asked, "level": level}))


@BOUNDED
@given(question=questions(), category=st.sampled_from([str(category) for category in Category]))
def test_one_more_category_never_widens(engine: AskedEngine, question: Question, category: str) -> None:
    asked = fields_of(question)
    more = sorted({*question.categories, category})

    assert not widens(answer(engine, asked), answer(engine, {**asked, "categories": more}))


@BOUNDED
@given(question=questions(), access=st.sampled_from(["suspect", "revoked", "held"]))
def test_worse_access_never_widens(engine: AskedEngine, question: Question, access: str) -> None:
    asked = {**fields_of(question), "access": "active"}

    assert not widens(answer(engine, asked), answer(engine, {**asked, "access": access}))


@BOUNDED
@given(question=questions(), later=st.sampled_from(["2027-02-06", "2027-11-22", "2040-01-01"]))
def test_time_passing_never_widens(engine: AskedEngine, question: Question, later: str) -> None:
    asked = {**fields_of(question), "day": "2026-11-21"}

    assert not widens(answer(engine, asked), answer(engine, {**asked, "day": later}))


@BOUNDED
@given(question=questions())
def test_a_verdict_is_total_and_a_denial_has_a_reason(engine: AskedEngine, question: Question) -> None:
    verdict = answer(engine, fields_of(question))

    assert verdict.allowed or verdict.rules
    assert "DEFAULT-1" not in verdict.rules


@BOUNDED
@given(question=questions())
def test_nothing_sensitive_reaches_compelled_hands(engine: AskedEngine, question: Question) -> None:
    for name in ("minimax-intl", "minimax-cn", "deepseek-cn", "moonshot-intl", "alibaba-sg", "zai-intl"):
        verdict = answer(engine, {**fields_of(question), "destination": name})
        assert not verdict.allowed or (question.level == 0 and not question.categories)


@BOUNDED
@given(question=questions())
def test_credentials_never_leave_the_house(engine: AskedEngine, question: Question) -> None:
    asked = {**fields_of(question), "categories": sorted({*question.categories, "credential"})}
    verdict = answer(engine, asked)

    assert not verdict.allowed or (question.destination == "inhouse-m3" and "credential" in verdict.obligations.drop)
