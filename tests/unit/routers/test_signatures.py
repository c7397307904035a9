"""What real error bodies mean. The bodies are those reported in public, keys and names replaced."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from routers.errors import CatalogError
from routers.revocation import AccessRegistry, Transition
from routers.signatures import PACKAGED, load_signatures
from routers.types import AttemptId, FailureClass, Headers
from tests.fakes.targets import target
from tests.unit.routers.error_bodies import IN_BAND, TABLE, anthropic, google, openai

SIGNATURES = load_signatures()


@pytest.mark.parametrize(("status", "body", "expected"), TABLE)
def test_a_real_error_body_has_its_class_scope_and_certainty(status: int, body: bytes, expected: str) -> None:
    failure = SIGNATURES.judge(status, (), body, worked_recently=False)
    found = f"{failure.failure_class.value} {failure.scope.value} {'yes' if failure.certain else 'no'}"
    assert found == expected, failure.signature
    assert failure.status == status


@pytest.mark.parametrize(("content", "expected"), IN_BAND)
def test_an_error_inside_a_200_has_its_class(content: dict[str, object], expected: str) -> None:
    failure = SIGNATURES.judge_in_band(content, worked_recently=False)
    assert failure is not None
    assert f"{failure.failure_class.value} {failure.scope.value}" == expected


@pytest.mark.parametrize(
    "content",
    [
        {"choices": [], "error": None},
        {"choices": [], "base_resp": {"status_code": 0, "status_msg": "success"}},
        {"type": "message", "content": [{"type": "text", "text": "error: insufficient balance"}]},
    ],
)
def test_an_answer_is_no_error(content: dict[str, object]) -> None:
    assert SIGNATURES.judge_in_band(content, worked_recently=False) is None


def test_a_missing_model_that_worked_today_was_withdrawn() -> None:
    body = anthropic("not_found_error", "model: claude-fable-5")
    fresh = SIGNATURES.judge(404, (), body, worked_recently=False)
    known = SIGNATURES.judge(404, (), body, worked_recently=True)
    assert (fresh.failure_class, known.failure_class) == (FailureClass.RETIRED, FailureClass.REVOKED)
    assert not known.certain


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("retry-after", "7"),), 7.0),
        ((("retry-after", "Sat, 21 Nov 2026 12:00:00 GMT"),), None),
        ((("retry-after", "-1"),), None),
        ((), None),
    ],
)
def test_the_wait_an_upstream_asks_for_is_read_in_seconds(headers: Headers, expected: float | None) -> None:
    assert SIGNATURES.judge(429, headers, b"", worked_recently=False).retry_after_s == expected


def test_no_text_of_the_upstream_is_in_a_failure() -> None:
    failure = SIGNATURES.judge(403, (), google(403, "PERMISSION_DENIED", "secret-marker"), worked_recently=True)
    assert "secret-marker" not in repr(failure)


def test_random_errors_in_passing_revoke_nothing() -> None:
    """10,000 transient errors of every provider, in random order: no transition at all."""
    chance = random.Random(20261121)
    passing = [
        (s, b) for s, b, expected in TABLE if expected.split()[0] in ("throttled", "overloaded", "network", "unknown")
    ]
    words = [
        "try again",
        "temporarily unavailable",
        "timeout",
        "upstream",
        "capacity",
        "please retry",
        "<html>",
        "busy",
    ]
    changes: list[Transition] = []
    registry = AccessRegistry(changes.append, now_ms=lambda: 0, now_s=lambda: 0.0)
    for number in range(10_000):
        if chance.random() < 0.5:
            status, body = chance.choice(passing)
        else:
            status = chance.choice([408, 429, 500, 502, 503, 504, 520, 524, 529])
            message = " ".join(chance.sample(words, 4))
            body = chance.choice([openai(message, "server_error"), anthropic("api_error", message), message.encode()])
        failure = SIGNATURES.judge(status, (), body, worked_recently=chance.random() < 0.5)
        registry.report(target(), failure, AttemptId(str(number)))
    assert changes == []


def test_every_rule_has_a_source_and_a_body_that_it_alone_explains() -> None:
    rules = json.loads(PACKAGED.read_bytes())["rules"]
    assert all(rule["source"] for rule in rules)
    seen = {SIGNATURES.judge(status, (), body, worked_recently=False).signature for status, body, _ in TABLE}
    in_band = [SIGNATURES.judge_in_band(content, worked_recently=False) for content, _ in IN_BAND]
    seen |= {failure.signature for failure in in_band if failure is not None}
    assert {rule["id"] for rule in rules} == seen - {"UNKNOWN"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version":"1","rules":{}}',
        b'{"version":"1","rules":[{"id":"A"}]}',
        b'{"version":"1","rules":[{"id":"A","class":"revoked","scope":"model","certain":true,"source":"s"}]}',
        b'{"version":"1","rules":[{"id":"A","status":[400],"class":"nonsense","scope":"model","certain":true,"source":"s"}]}',
        b'{"version":"1","rules":[{"id":"A","message":"(","class":"revoked","scope":"model","certain":true,"source":"s"}]}',
        b'{"version":"1","rules":[{"id":"A","codes":["UPPER"],"class":"auth","scope":"key","certain":true,"source":"s"}]}',
        b'{"version":"1","rules":[{"id":"A","extra":1,"status":[400],"class":"auth","scope":"key","certain":true,"source":"s"}]}',
    ],
)
def test_a_damaged_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signatures.json"
    path.write_bytes(content)
    with pytest.raises(CatalogError):
        load_signatures(path)


def test_a_duplicate_id_is_refused(tmp_path: Path) -> None:
    rule = {"id": "A", "status": [400], "class": "auth", "scope": "key", "certain": True, "source": "s"}
    path = tmp_path / "signatures.json"
    path.write_text(json.dumps({"version": "1", "rules": [rule, rule]}))
    with pytest.raises(CatalogError):
        load_signatures(path)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"[" * 5000, b'{"error":[{"message":1}]}', b'[{"error":{"status":"X"}}]', b"null"]
)
def test_no_body_can_break_the_reader(body: bytes) -> None:
    assert SIGNATURES.judge(418, (), body, worked_recently=False).failure_class is FailureClass.UNKNOWN
