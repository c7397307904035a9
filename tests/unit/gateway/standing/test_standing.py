"""What counts: thresholds per destination, floors per tenant, and what a conversation carried before."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from gateway.errors import StandingUnavailable, StartupError
from gateway.standing.build import StandingParts
from gateway.standing.store import FILE_NAME
from gateway.standing.terms import read_terms
from gateway.types import Category, Classification, Level, Persons
from routers.types import Destination
from tests.unit.gateway.standing.made import (
    DAY_MS,
    INHOUSE,
    LIMITS,
    OF_CONCERN,
    US,
    Bench,
    call,
    found,
    identity,
    limits,
    mails,
    nothing,
    text_of,
)

MAIL = {"ann@example.com": "EMAIL_ADDRESS"}


def settled(parts: StandingParts, values: dict[str, str], score: int = 900, **how: object) -> Classification:
    of = call(*(values or {"hello": ""}), **how)  # type: ignore[arg-type]  # whatever a test says of the call
    return asyncio.run(parts.stage.settle(identity(), of, found(of, values, score)))


def seen(parts: StandingParts, content: Classification, values: dict[str, str], where: Destination) -> Classification:
    return parts.stage.sight(identity(), call(*values), content, where).content


def test_what_is_found_counts(parts: StandingParts) -> None:
    content = settled(parts, MAIL)
    assert content.labels.level is Level.CONFIDENTIAL
    assert content.persons is Persons.ONE


def test_harmless_text_stays_internal(parts: StandingParts) -> None:
    content = settled(parts, {})
    assert (content.labels.level, content.labels.reasons, content.persons) == (Level.INTERNAL, (), Persons.NONE)


def test_a_tenant_has_a_floor(bench: Bench) -> None:
    parts = replace(bench, limits=limits(tenants={"acme": {"floor": "restricted"}})).open()
    content = settled(parts, MAIL)
    assert (content.labels.level, "floor" in content.labels.reasons) == (Level.RESTRICTED, True)
    parts.store.close()


THRESHOLDS = {"version": "t1", "default_milli": 350, "kinds": {"closed": 600}, "destinations": {"minimax-intl": 400}}


@pytest.mark.parametrize(
    ("where", "score", "counts"),
    [(US, 599, False), (US, 600, True), (OF_CONCERN, 399, False), (OF_CONCERN, 400, True), (INHOUSE, 350, True)],
)
def test_each_destination_says_how_sure_a_finding_must_be(
    bench: Bench, where: Destination, score: int, counts: bool
) -> None:
    parts = replace(bench, limits=limits(thresholds=THRESHOLDS)).open()
    content = settled(parts, MAIL, score)
    labels = seen(parts, content, MAIL, where).labels
    assert (labels.level is Level.CONFIDENTIAL, Category.PII_DIRECT in labels.categories) == (counts, counts)
    parts.store.close()


def test_what_does_not_count_at_a_destination_is_still_seen_as_found_there(bench: Bench) -> None:
    parts = replace(bench, limits=limits(thresholds=THRESHOLDS)).open()
    content = settled(parts, MAIL, 400)
    sight = parts.stage.sight(identity(), call(*MAIL), content, US)
    assert (sight.content.labels.categories, sight.found.categories) == (frozenset(), {Category.PII_DIRECT})
    parts.store.close()


def test_a_better_finding_of_the_type_makes_it_count_everywhere(bench: Bench) -> None:
    parts = replace(bench, limits=limits(thresholds=THRESHOLDS)).open()
    of = call("ann@example.com")
    content = replace(found(of, MAIL, 400), scores={"EMAIL_ADDRESS": 900})
    content = asyncio.run(parts.stage.settle(identity(), of, content))
    assert seen(parts, content, MAIL, US).labels.level is Level.CONFIDENTIAL
    parts.store.close()


def test_a_named_conversation_keeps_its_highest_label(parts: StandingParts) -> None:
    first = settled(parts, {"415 555 0123": "PHONE_NUMBER", "cui": "CUI_MARKING"}, conversation="c1")
    later = settled(parts, {}, conversation="c1")
    other = settled(parts, {}, conversation="c2")
    assert first.labels.level is later.labels.level is Level.REGULATED
    assert later.labels.categories == first.labels.categories
    assert other.labels.level is Level.INTERNAL


def test_a_declared_level_sticks_to_the_conversation(parts: StandingParts) -> None:
    settled(parts, {}, conversation="c1", declared=Level.RESTRICTED)
    later = settled(parts, {}, conversation="c1")
    assert (later.labels.level, later.labels.reasons) == (Level.RESTRICTED, ("conversation",))


def test_calls_that_name_no_conversation_do_not_raise_each_other(parts: StandingParts) -> None:
    settled(parts, MAIL)
    assert settled(parts, {}).labels.level is Level.INTERNAL


def test_another_tenant_with_the_same_name_has_another_conversation(parts: StandingParts) -> None:
    settled(parts, MAIL, conversation="c1")
    of = call("hello", conversation="c1")
    other = asyncio.run(parts.stage.settle(identity("other"), of, nothing(of)))
    assert other.labels.level is Level.INTERNAL


def test_a_mark_outlives_the_process_and_ends_after_its_time(bench: Bench, parts: StandingParts) -> None:
    settled(parts, MAIL, conversation="c1")
    bench.clock.ms += 29 * DAY_MS
    again = bench.open()
    assert settled(again, {}, conversation="c1").labels.level is Level.CONFIDENTIAL
    again.store.close()
    bench.clock.ms += 60 * DAY_MS
    late = bench.open()
    assert settled(late, {}, conversation="c1").labels.level is Level.INTERNAL
    late.store.close()


def test_what_was_unsure_before_stays_unsure(bench: Bench) -> None:
    parts = replace(bench, limits=limits(thresholds=THRESHOLDS)).open()
    settled(parts, MAIL, 500, conversation="c1")
    later = settled(parts, {}, conversation="c1")
    assert seen(parts, later, {"hello": ""}, US).labels.level is Level.INTERNAL
    assert seen(parts, later, {"hello": ""}, INHOUSE).labels.level is Level.CONFIDENTIAL
    parts.store.close()


def test_a_mark_that_cannot_be_read_is_an_error(bench: Bench, parts: StandingParts) -> None:
    with closing(sqlite3.connect(bench.directory / FILE_NAME)) as connection, connection:
        connection.execute("DROP TABLE mark")
    with pytest.raises(StandingUnavailable):
        settled(parts, {}, conversation="c1")


@pytest.mark.parametrize("row", ["('x', 'EMAIL_ADDRESS', 0, 1)", "('x', 'EMAIL_ADDRESS=9', 17, 1)"])
def test_a_damaged_mark_is_an_error(bench: Bench, parts: StandingParts, row: str) -> None:
    settled(parts, MAIL, conversation="c1")
    with closing(sqlite3.connect(bench.directory / FILE_NAME)) as connection, connection:
        types, level = row.split(", ")[1:3]
        connection.execute(f"UPDATE mark SET types = {types}, level = {level}")
    again = bench.open()
    with pytest.raises(StandingUnavailable, match="damaged"):
        settled(again, {}, conversation="c1")
    again.store.close()


def test_only_destinations_of_concern_are_counted(parts: StandingParts) -> None:
    values = mails(3)
    of = call(*text_of(values))
    content = asyncio.run(parts.stage.settle(identity(), of, found(of, values)))
    assert parts.stage.sight(identity(), of, content, US).bulk == ()
    assert parts.stage.sight(identity(), of, content, INHOUSE).bulk == ()
    assert "identifier.0" in parts.stage.sight(identity(), of, content, OF_CONCERN).bulk
    assert asyncio.run(parts.stage.count(of, content, US)) == ()


def test_a_call_that_would_reach_a_threshold_is_seen_as_such_before_it_is_sent(bench: Bench) -> None:
    bulk = {"countries": ["cn"], "window_days": 365, "thresholds": {"identifier": 10}}
    parts = replace(bench, limits=limits(bulk=bulk)).open()
    values = mails(8)
    of = call(*text_of(values))
    content = asyncio.run(parts.stage.settle(identity(), of, found(of, values)))
    assert parts.stage.sight(identity(), of, content, OF_CONCERN).bulk == ("identifier.80",)
    (crossing,) = asyncio.run(parts.stage.count(of, content, OF_CONCERN))
    assert (crossing.band, crossing.count, crossing.limit) == ("80", 8, 10)
    more = mails(2, first=8)
    second = call(*text_of(more), number=2)
    content = asyncio.run(parts.stage.settle(identity(), second, found(second, more)))
    assert parts.stage.sight(identity(), second, content, OF_CONCERN).bulk == ("identifier.100",)
    parts.store.close()


BROKEN = [
    {"thresholds": None},
    {"thresholds": {**LIMITS["thresholds"], "default_milli": 349}},
    {"thresholds": {**LIMITS["thresholds"], "kinds": {"vendor": 200}}},
    {"thresholds": {**LIMITS["thresholds"], "more": 1}},
    {"tenants": {"acme": {"floor": "secret"}}},
    {"tenants": {"acme": "restricted"}},
    {"bulk": {**LIMITS["bulk"], "window_days": 30}},
    {"bulk": {**LIMITS["bulk"], "thresholds": {"health": 0}}},
    {"bulk": {**LIMITS["bulk"], "countries": "cn"}},
    {"downgrades": {"days_max": 0, "signers": {}}},
    {"downgrades": {"days_max": 90, "signers": {"a": {"public_key": "00", "name": "A", "role": "r"}}}},
]


@pytest.mark.parametrize("change", BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_terms_that_are_not_well_formed_keep_the_gateway_from_starting(change: dict[str, object]) -> None:
    with pytest.raises(StartupError, match=r"limits/data\.json"):
        read_terms(limits(**change), 350)
