"""Lowering labels: only by somebody whom policy names, only in time, only what is not proven, and on record."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import MalformedBody
from gateway.standing.build import StandingParts
from gateway.standing.downgrades import Downgrade, read_statement, sign, statement_bytes, verify
from gateway.standing.store import FILE_NAME
from gateway.standing.terms import read_terms
from gateway.types import Category, Classification, Labels, Level, Sight
from tests.unit.gateway.standing.made import (
    DAY_MS,
    SIGNING_KEY,
    US,
    Bench,
    call,
    downgrade,
    found,
    identity,
    limits,
    signers,
)

CODE = "def main"
TERMS = read_terms(limits(downgrades=signers()), 350)


@pytest.fixture(name="bench")
def _bench(bench: Bench) -> Bench:
    return replace(bench, limits=limits(downgrades=signers()))


def grant(parts: StandingParts, statement: Downgrade) -> None:
    text = statement_bytes(statement).decode()
    parts.desk.grant(parts.desk.check(text, sign(statement, SIGNING_KEY)))


def labels(parts: StandingParts, values: dict[str, str], score: int = 900, **who: str) -> Labels:
    of = call(*values)
    return asyncio.run(parts.stage.settle(identity(**who), of, found(of, values, score))).labels


def test_a_granted_downgrade_lowers_and_says_so(parts: StandingParts) -> None:
    assert labels(parts, {CODE: "SOURCE_CODE"}).level is Level.CONFIDENTIAL
    grant(parts, downgrade())
    assert labels(parts, {CODE: "SOURCE_CODE"}) == Labels(Level.INTERNAL, frozenset(), ("downgrade:code-of-demo",))


def seen_by(parts: StandingParts, values: dict[str, str]) -> Sight:
    of = call(*values)
    content = asyncio.run(parts.stage.settle(identity(), of, found(of, values)))
    return parts.stage.sight(identity(), of, content, US)


def test_what_it_lowers_is_still_found_and_so_masked(parts: StandingParts) -> None:
    grant(parts, downgrade(types=("PERSON",)))
    sight = seen_by(parts, {"Ann Example": "PERSON"})
    assert (sight.content.labels.categories, sight.found.categories) == (frozenset(), {Category.PII_DIRECT})


def test_only_a_statement_that_says_so_lets_values_leave_as_they_are(parts: StandingParts) -> None:
    grant(parts, downgrade(types=("PERSON",), unmasked=True))
    sight = seen_by(parts, {"Ann Example": "PERSON", "ann@example.com": "EMAIL_ADDRESS"})
    assert "PERSON" not in sight.found.reasons
    assert "EMAIL_ADDRESS" in sight.found.reasons
    assert seen_by(parts, {"Ann Example": "PERSON"}).found.categories == frozenset()


def test_a_statement_that_does_not_speak_of_masking_has_the_bytes_it_always_had() -> None:
    assert b"unmasked" not in statement_bytes(downgrade())
    assert read_statement(statement_bytes(downgrade(unmasked=True))).unmasked
    assert read_statement(json.dumps(asdict(downgrade()))) == downgrade()


def test_it_leaves_no_less_than_it_says(parts: StandingParts) -> None:
    grant(parts, downgrade(level="confidential", types=("PRIVILEGE_MARKING",)))
    assert labels(parts, {"privileged": "PRIVILEGE_MARKING"}).level is Level.CONFIDENTIAL
    assert labels(parts, {"hello": "LOCATION"}).level is Level.INTERNAL


@pytest.mark.parametrize("who", [{"tenant": "other"}, {"app": "other"}])
def test_it_holds_for_its_app_alone(parts: StandingParts, who: dict[str, str]) -> None:
    grant(parts, downgrade())
    assert labels(parts, {CODE: "SOURCE_CODE"}, **who).level is Level.CONFIDENTIAL


def test_it_lowers_only_its_types(parts: StandingParts) -> None:
    grant(parts, downgrade())
    assert labels(parts, {CODE: "SOURCE_CODE", "cui": "CUI_MARKING"}).level is Level.REGULATED


@pytest.mark.parametrize(
    ("kind", "score"),
    [("CREDIT_CARD", 1000), ("SECRET_GENERIC", 500), ("NEVER_HEARD_OF", 500), ("REGISTERED_CODE", 900)],
)
def test_what_is_proven_or_unknown_or_secret_is_never_lowered(parts: StandingParts, kind: str, score: int) -> None:
    before = labels(parts, {"x": kind}, score)
    grant(parts, downgrade(types=(kind,), level="public"))
    assert labels(parts, {"x": kind}, score) == before


def test_what_the_caller_declares_or_nobody_could_read_is_never_lowered(parts: StandingParts) -> None:
    grant(parts, downgrade(level="public"))
    declared = call(CODE, declared=Level.RESTRICTED)
    content = asyncio.run(parts.stage.settle(identity(), declared, found(declared, {CODE: "SOURCE_CODE"})))
    assert content.labels.level is Level.RESTRICTED
    unread = replace(found(call(CODE), {}), failed=("reader",))
    content = asyncio.run(parts.stage.settle(identity(), call(CODE), unread))
    assert content.labels.level is Level.REGULATED
    assert Category.UNKNOWN in content.labels.categories


@pytest.mark.parametrize(("days", "level"), [(0, Level.INTERNAL), (10, Level.INTERNAL), (11, Level.CONFIDENTIAL)])
def test_it_ends_with_its_last_day(bench: Bench, parts: StandingParts, days: int, level: Level) -> None:
    grant(parts, downgrade())
    bench.clock.ms += days * DAY_MS
    assert labels(parts, {CODE: "SOURCE_CODE"}).level is level


def test_it_outlives_the_process_and_ends_when_revoked(bench: Bench, parts: StandingParts) -> None:
    grant(parts, downgrade())
    again = bench.open()
    assert labels(again, {CODE: "SOURCE_CODE"}).level is Level.INTERNAL
    assert again.desk.revoke("code-of-demo", 1) is not None
    assert again.desk.revoke("code-of-demo", 2) is None
    assert labels(again, {CODE: "SOURCE_CODE"}).level is Level.CONFIDENTIAL
    again.store.close()
    third = bench.open()
    assert third.desk.listed() == ()
    third.store.close()


def test_a_statement_that_somebody_changed_on_disk_holds_no_more(bench: Bench, parts: StandingParts) -> None:
    grant(parts, downgrade())
    with closing(sqlite3.connect(bench.directory / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE downgrade SET statement = replace(statement, '2026-12-01', '2026-12-31')")
    again = bench.open()
    assert again.desk.listed() == ()
    again.store.close()


def test_it_ends_when_policy_no_longer_names_the_signer(bench: Bench, parts: StandingParts) -> None:
    grant(parts, downgrade())
    again = replace(bench, limits=limits()).open()
    assert again.desk.listed() == ()
    again.store.close()


def test_an_id_is_used_once(parts: StandingParts) -> None:
    grant(parts, downgrade())
    with pytest.raises(MalformedBody, match="used before"):
        grant(parts, downgrade(reason="another"))
    parts.desk.revoke("code-of-demo", 1)
    with pytest.raises(MalformedBody, match="used before"):
        grant(parts, downgrade())


UNTRUSTED = [
    (downgrade(signer="nobody"), SIGNING_KEY, "does not name the signer"),
    (downgrade(), Ed25519PrivateKey.from_private_bytes(bytes(32)), "not the signer's"),
    (downgrade(not_after="2027-06-01"), SIGNING_KEY, "longer than 90 days"),
    (downgrade(not_after="2026-10-01"), SIGNING_KEY, "ends before it begins"),
]


@pytest.mark.parametrize(("statement", "key", "reason"), UNTRUSTED, ids=[row[2] for row in UNTRUSTED])
def test_what_does_not_hold_is_refused(statement: Downgrade, key: Ed25519PrivateKey, reason: str) -> None:
    objection = verify(statement, sign(statement, key), TERMS)
    assert objection is not None
    assert reason in objection


def test_a_signature_made_for_something_else_is_refused() -> None:
    elsewhere = SIGNING_KEY.sign(statement_bytes(downgrade())).hex()
    assert verify(downgrade(), elsewhere, TERMS) is not None
    assert verify(downgrade(), "zz", TERMS) is not None
    assert verify(downgrade(), sign(downgrade(), SIGNING_KEY), TERMS) is None


MALFORMED = [
    b"", b"[]", b"{}",
    *(json.dumps({**asdict(downgrade()), **change}).encode() for change in (
        {"more": 1}, {"types": []}, {"types": ["lower"]}, {"types": "SOURCE_CODE"}, {"id": "A B"}, {"tenant": ""},
        {"app": "a b"}, {"level": "secret"}, {"reason": " "}, {"reason": "x" * 301}, {"not_after": "tomorrow"},
        {"not_before": 20261101}, {"signer": None},
    )),
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_statement_is_refused_without_its_values(text: bytes) -> None:
    with pytest.raises(MalformedBody) as refused:
        read_statement(text)
    assert "tomorrow" not in str(refused.value)


def test_a_statement_reads_back_as_it_was_written() -> None:
    assert read_statement(statement_bytes(downgrade())) == downgrade()


def test_classification_without_scores_still_counts_its_findings(parts: StandingParts) -> None:
    of = call(CODE)
    content: Classification = replace(found(of, {CODE: "SOURCE_CODE"}), scores={})
    assert asyncio.run(parts.stage.settle(identity(), of, content)).labels.level is Level.CONFIDENTIAL
