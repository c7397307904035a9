"""What the log shows of a record."""

from __future__ import annotations

import orjson
import pytest

from admin_ui.pages import line, rules_of, step, utc
from gateway.audit.reader import StoredEntry

CONSIDERED = [
    {"destination": "closed", "allowed": True, "rules": ["PII-1"]},
    {"destination": "vendor", "allowed": False, "rules": ["CN-NIL-7", "LEVEL-1"]},
]


def entry(kind: str, result: str | None, record: dict[str, object]) -> StoredEntry:
    """An entry as stored."""
    return StoredEntry(
        seq=7, at_ms=1_795_263_878_966, kind=kind, request_id="req_1", attempt_id=None, tenant="acme", app="a",
        key_id=None, destination="closed", level=None, result=result, model_requested=None, leaf=b"",
        body=orjson.dumps(record),
    )  # fmt: skip


def test_a_rule_that_only_put_an_obligation_refused_nothing() -> None:
    assert rules_of({"subject": {"considered": CONSIDERED}}) == ("CN-NIL-7", "LEVEL-1")


def test_a_refusals_own_rules_come_first_and_each_once() -> None:
    assert rules_of({"rules": ["LEVEL-1"], "subject": {"considered": CONSIDERED}}) == ("LEVEL-1", "CN-NIL-7")


@pytest.mark.parametrize(
    ("kind", "result", "refused"),
    [
        ("refusal", "policy_denied", True),
        ("outcome", "cut", True),
        ("outcome", "complete", False),
        ("access", "revoked", True),
        ("intent", None, False),
    ],
)
def test_what_went_wrong_is_marked(kind: str, result: str | None, refused: bool) -> None:
    assert line(entry(kind, result, {})).refused is refused


def test_a_simulated_destination_says_so() -> None:
    assert line(entry("intent", None, {"simulated": True})).destination == "closed (simulated)"


def test_a_failover_names_its_cause() -> None:
    shown = step(entry("intent", None, {"attempt": 2, "cause": "revoked", "masked": [{"type": "EMAIL", "count": 2}]}))
    assert "after a failure of class revoked" in shown.detail
    assert "values masked: 2" in shown.detail


def test_times_are_utc_to_the_millisecond() -> None:
    assert utc(1_795_263_878_966) == "2026-11-21 12:24:38.966"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"action": "ordered", "lines": 3, "endpoint": "/v1/messages"}, "3 lines for /v1/messages"),
        ({"action": "taken", "gateway_before": "ab12"}, "from gateway ab12"),
        ({"action": "taken", "gateway_before": ""}, ""),
        (
            {"action": "ended", "state": "expired", "succeeded": 1, "errored": 0, "cancelled": 0, "expired": 2},
            "expired: 1 succeeded, 0 errored, 0 cancelled, 2 expired",
        ),
    ],
)
def test_a_batch_says_what_became_of_it(record: dict[str, object], told: str) -> None:
    stored = entry("batch", str(record["action"]), {"about": "batch_1", **record})
    assert line(stored).what == f"batch_1 {told}".rstrip()
    assert (step(stored).title, step(stored).detail) == (f"batch {record['action']}", told)
