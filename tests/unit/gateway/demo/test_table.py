"""The demo's table."""

from __future__ import annotations

import json
from dataclasses import replace

from gateway.demo.account import Account, Attempt
from gateway.demo.cases import Ask, Case, Expect, Sdk, Who
from gateway.demo.checks import Result
from gateway.demo.reply import Reply, Trace
from gateway.demo.report import Report
from gateway.demo.table import WIDTH, as_text
from gateway.demo.verification import Verification

SECRET = "dana@example.com"
WHO = Who("support", "support-desk", "service", "restricted", "support")
CASE = Case(
    "a request with a name", Ask(WHO, Sdk.ANTHROPIC, "claude-fable-5", SECRET, streamed=True), Expect("c"), (SECRET,)
)
FAILED = Attempt(3, "simulated-anthropic", "m", {"EMAIL_ADDRESS": 1}, {}, "failed", 404, "revoked")
ATTEMPT = Attempt(5, "simulated-openai", "m", {"EMAIL_ADDRESS": 1}, {"SECRET_X": 2}, "complete", 200, "", 3)
REFUSED = {"simulated-minimax": tuple(f"RULE-{n}" for n in range(20))}
ACCOUNT = Account("confidential", ("EMAIL_ADDRESS",), REFUSED, (FAILED, ATTEMPT), "", (3, 4, 5, 6))
RESULT = Result(7, CASE, Reply(200, Trace("req_1", "simulated-openai", "5"), f"To {SECRET}."), ACCOUNT, ())
DENIED = replace(
    RESULT, reply=Reply(403, Trace("req_2", "", "8"), error="policy_denied"), account=Account(entries=(8,))
)
CHECKED = Verification("verify", 0, 9, 9, 2, 0)


def test_row_says_who_what_where_and_why() -> None:
    heading, row, *why = as_text([RESULT], colour=False)
    assert heading.split() == ["#", "request", "who", "level", "went", "to", "entries"]
    expected = ["7", "a", "request", "with", "a", "name", "support", "confidential", "simulated-openai", "3-6"]
    assert row.split() == expected
    words = " ".join(" ".join(why).split())
    assert "anthropic SDK, claude-fable-5, streamed; found EMAIL_ADDRESS; masked 1, restored 3; dropped 2" in words
    assert "simulated-anthropic failed (HTTP 404, revoked), so it went on" in words
    assert "not simulated-minimax: RULE-0 RULE-1" in words


def test_refusal_says_so_and_names_its_entry() -> None:
    _, row, why = as_text([DENIED], colour=False)
    assert row.split()[-3:] == ["refused", "(403)", "8"]
    assert "policy_denied" in why


def test_no_line_is_wider_than_the_terminal() -> None:
    long = replace(RESULT, case=replace(CASE, name="x" * 200))
    report = Report([long, DENIED], ["y"], CHECKED)
    assert max(map(len, report.as_text(colour=False))) <= WIDTH


def test_colour_only_when_asked_for() -> None:
    assert not any("\x1b" in line for line in as_text([RESULT, DENIED], colour=False))
    assert any("\x1b[31m" in line for line in as_text([RESULT, DENIED], colour=True))


def test_machines_get_the_same_without_a_value() -> None:
    report = Report([RESULT, DENIED], (), CHECKED)
    shown = json.dumps(report.as_json())
    assert SECRET not in shown
    assert report.as_json()["ok"] is True
    assert json.loads(shown)["requests"][0]["attempts"] == [
        {
            "seq": 3, "destination": "simulated-anthropic", "model": "m", "masked": {"EMAIL_ADDRESS": 1}, "dropped": {},
            "ending": "failed", "status": 404, "failure_class": "revoked", "restored": 0, "provenance": {},
        },
        {
            "seq": 5, "destination": "simulated-openai", "model": "m", "masked": {"EMAIL_ADDRESS": 1},
            "dropped": {"SECRET_X": 2}, "ending": "complete", "status": 200, "failure_class": "", "restored": 3,
                "provenance": {},
        },
    ]  # fmt: skip


def test_verdict_names_every_promise_that_did_not_hold() -> None:
    bad = Report([RESULT], ["this", "that"], CHECKED)
    lines = list(bad.as_text(colour=False))
    assert lines[-3:] == ["2 promises did NOT hold:", "  - this", "  - that"]
    assert bad.as_json()["ok"] is False
    assert list(Report([RESULT], (), CHECKED).as_text(colour=False))[-1] == "All promises held."


def test_verification_that_does_not_prove_the_log_whole_is_a_problem() -> None:
    assert list(CHECKED.problems()) == []
    assert "root" in "".join(replace(CHECKED, exit_code=1, findings=("root",)).problems())
    assert "could not check" in "".join(replace(CHECKED, exit_code=2).problems())
    assert "1 entries" in "".join(replace(CHECKED, signed_entries=8).problems())
    assert "no outcome" in "".join(replace(CHECKED, open_intents=1).problems())
    assert "empty" in "".join(replace(CHECKED, entries=0, signed_entries=0).problems())
