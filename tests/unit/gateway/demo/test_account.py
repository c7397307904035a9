"""What the demo reads out of the audit records of one request."""

from __future__ import annotations

from gateway.demo.account import Account, Attempt, read_account

SUBJECT = {
    "level": "restricted",
    "findings": [{"type": "CREDIT_CARD"}, {"type": "CREDIT_CARD"}, {"type": "PERSON"}],
    "considered": [
        {"destination": "a", "allowed": True, "rules": []},
        {"destination": "b", "allowed": False, "rules": ["LEVEL-1", "PCI-1"]},
    ],
}


def intent(seq: int, attempt_id: str, destination: str) -> dict[str, object]:
    return {
        "kind": "intent",
        "seq": seq,
        "subject": SUBJECT,
        "attempt_id": attempt_id,
        "destination": destination,
        "model": "m",
        "masked": [{"type": "CREDIT_CARD", "count": 2}],
        "dropped": [],
    }


def outcome(seq: int, attempt_id: str, status: int) -> dict[str, object]:
    return {
        "kind": "outcome",
        "seq": seq,
        "attempt_id": attempt_id,
        "ending": "complete" if status == 200 else "failed",
        "status": status,
        "failure_class": "" if status == 200 else "revoked",
        "restored": 1,
    }


def test_no_records_is_an_empty_account() -> None:
    assert read_account([]) == Account()


def test_attempts_are_joined_with_their_outcomes_in_order() -> None:
    records = [intent(3, "r.1", "a"), outcome(4, "r.1", 404), intent(5, "r.2", "c"), outcome(6, "r.2", 200)]
    account = read_account(records)
    assert account.attempts == (
        Attempt(3, "a", "m", {"CREDIT_CARD": 2}, {}, "failed", 404, "revoked", 1),
        Attempt(5, "c", "m", {"CREDIT_CARD": 2}, {}, "complete", 200, "", 1),
    )
    assert (account.level, account.found) == ("restricted", ("CREDIT_CARD", "PERSON"))
    assert account.refused == {"b": ("LEVEL-1", "PCI-1")}
    assert account.entries == (3, 4, 5, 6)


def test_intent_without_outcome_has_no_ending() -> None:
    assert read_account([intent(3, "r.1", "a")]).attempts[0].ending == ""


def test_refusal_gives_its_code_and_the_destination_refused_late() -> None:
    late = {
        "kind": "refusal", "seq": 7, "subject": SUBJECT, "code": "no_permitted_route",
        "destination": "c", "rules": ["ACCESS-1"],
    }  # fmt: skip
    account = read_account([intent(3, "r.1", "a"), late])
    assert account.refusal == "no_permitted_route"
    assert account.refused == {"b": ("LEVEL-1", "PCI-1"), "c": ("ACCESS-1",)}


def test_record_without_subject_still_counts_as_an_entry() -> None:
    assert read_account([outcome(9, "r.1", 200)]).entries == (9,)
