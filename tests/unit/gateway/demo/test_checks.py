"""Every check of the demo finds what it is there to find."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from gateway.demo.account import Account, Attempt
from gateway.demo.cases import ANTHROPIC, INHOUSE, MINIMAX, OPENAI, Ask, Case, Expect, Sdk, Who
from gateway.demo.checks import Result, check, check_aside, check_leaks
from gateway.demo.providers import Received
from gateway.demo.reply import Reply, Trace

EMAIL, TOKEN = "dana@example.com", "[[EMAIL_7F3A2]]"
WHO = Who("somebody", "app", "employee", "restricted", "general")
ASK = Ask(WHO, Sdk.OPENAI, "gpt-5.5", f"Write to {EMAIL}.")
EXPECT = Expect(
    OPENAI,
    level="confidential",
    refused={MINIMAX: frozenset({"CN-NIL-7"})},
    found=frozenset({"EMAIL_ADDRESS"}),
    masked=frozenset({"EMAIL_ADDRESS"}),
    restored=(EMAIL,),
    in_arguments=(EMAIL,),
    absent=("AKIA",),
)
CASE = Case("case", ASK, EXPECT, (EMAIL,))
REPLY = Reply(200, Trace("req_1", OPENAI, "4"), f"I will write to {EMAIL}.", f'{{"to":"{EMAIL}"}}')
ATTEMPT = Attempt(4, OPENAI, "gpt-5.5", {"EMAIL_ADDRESS": 1}, {}, "complete", 200, "", 2)
ACCOUNT = Account("confidential", ("EMAIL_ADDRESS",), {MINIMAX: ("CN-NIL-7", "KEEP-1")}, (ATTEMPT,), "", (4, 5))


def received(provider: str = OPENAI, body: bytes = f'{{"x":"{TOKEN}"}}'.encode(), status: int = 200) -> Received:
    return Received(provider, 1, "gpt-5.5", status, body)


GOOD = Result(1, CASE, REPLY, ACCOUNT, (received(),))


def expecting(**changes: object) -> Result:
    return replace(GOOD, case=replace(CASE, expect=replace(EXPECT, **changes)))


def replying(**changes: object) -> Result:
    return replace(GOOD, reply=replace(REPLY, **changes))


def recording(**changes: object) -> Result:
    return replace(GOOD, account=replace(ACCOUNT, **changes))


def test_what_went_as_promised_gives_no_problem() -> None:
    assert check(GOOD, None) == ()


@pytest.mark.parametrize(
    ("provenance", "problems"),
    [
        ({"root": "ab" * 32, "canaries": "holds"}, 0),
        ({"root": "ab" * 32, "canaries": "pending"}, 1),
        ({"canaries": "holds"}, 1),
        ({}, 1),
    ],
)
def test_an_in_house_answer_must_say_where_it_came_from(provenance: dict[str, str], problems: int) -> None:
    attempt = replace(ATTEMPT, destination=INHOUSE, provenance=provenance)
    result = expecting(destination=INHOUSE)
    reply = replace(REPLY, trace=replace(REPLY.trace, destination=INHOUSE))
    house = replace(result, reply=reply, account=replace(ACCOUNT, attempts=(attempt,)), received=(received(INHOUSE),))
    assert len(check(house, None)) == problems


def test_placeholder_in_signed_thinking_is_no_problem() -> None:
    assert check(replying(thinking=f"The request speaks of {TOKEN}."), None) == ()


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (replying(status=503, error="x"), "HTTP 503"),
        (replying(error="policy_denied"), "the error 'policy_denied'"),
        (replying(finished=False), "no end"),
        (expecting(thinks=True), "no thinking"),
        (recording(attempts=(replace(ATTEMPT, destination=INHOUSE),)), "went to inhouse-local"),
        (recording(attempts=()), "went to nobody"),
        (recording(attempts=(ATTEMPT, ATTEMPT)), "went to simulated-openai, simulated-openai"),
        (expecting(failed_over_from=(ANTHROPIC,)), "expected simulated-anthropic, simulated-openai"),
        (replying(trace=Trace("req_1", INHOUSE, "4")), "the answer names inhouse-local"),
        (replace(GOOD, received=(received(MINIMAX),)), "simulated-minimax received something"),
        (recording(refused={MINIMAX: ("KEEP-1",)}), "not refused by CN-NIL-7"),
        (recording(refused={}), "not refused by CN-NIL-7"),
        (recording(level="internal"), "counted as internal"),
        (recording(found=()), "EMAIL_ADDRESS not found"),
        (recording(attempts=(replace(ATTEMPT, masked={}),)), "EMAIL_ADDRESS not masked"),
        (expecting(dropped=frozenset({"SECRET"})), "SECRET not dropped"),
        (replying(text="I will write."), "not readable in the answer"),
        (replying(arguments="{}"), "not readable in the tool's arguments"),
        (replying(text=f"{EMAIL} {TOKEN}"), "a placeholder was left"),
        (replying(arguments=f'{{"to":"{EMAIL}","cc":"{TOKEN}"}}'), "a placeholder was left"),
        (replying(text=f"{EMAIL} AKIA"), "must not hold"),
        (replying(trace=Trace("req_1", OPENAI, "9")), "an audit entry that is not its own"),
        (recording(entries=()), "there is no audit entry"),
        (recording(attempts=(replace(ATTEMPT, ending=""),)), "no recorded outcome"),
    ],
)
def test_what_does_not_hold_is_named_without_a_value(result: Result, words: str) -> None:
    problems = check(result, None)
    assert any(words in problem for problem in problems)
    assert all(problem.startswith("1 case: ") for problem in problems)
    assert not any(EMAIL in problem or TOKEN in problem for problem in problems)


def test_refusal_that_reached_somebody_is_a_problem() -> None:
    expect = Expect("", 403, "policy_denied")
    refused = replace(
        GOOD,
        case=replace(CASE, expect=expect),
        reply=Reply(403, Trace("req_1", "", "4"), error="policy_denied"),
        account=Account(entries=(4,)),
        received=(),
    )
    assert check(refused, None) == ()
    assert any("received something" in p for p in check(replace(refused, received=(received(),)), None))


def test_borrowed_placeholder_must_come_back_as_typed() -> None:
    borrowing = replace(expecting(restored=("{borrowed}",)), borrowed="[[PHONE_AAAAA_BB]]")
    assert any("not readable" in problem for problem in check(borrowing, None))
    kept = replace(borrowing, reply=replace(REPLY, text="To [[PHONE_AAAAA_BB]]."))
    assert check(kept, None) == ()


def test_turn_that_changes_its_placeholders_is_a_problem() -> None:
    second = expecting(same_placeholders=True)
    assert check(second, GOOD) == ()
    changed = replace(GOOD, received=(received(body=b"[[EMAIL_00000]]"),))
    assert any("turn before" in problem for problem in check(second, changed))


SECRET = Case("case", ASK, Expect(OPENAI), ("4111 1111 1111 1111", "张三"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"x":"4111 1111 1111 1111"}',
        b'{"x":"4111-1111-1111-1111"}',
        b'{"x":"4111111111111111"}',
        b'{"x":"41\\u0031\\u0031 1111 1111 1111"}',
        b'{"4111111111111111":0}',
        '{"x":["张三"]}'.encode(),
        b'{"x":"\\u5f20\\u4e09"}',
        orjson.dumps({"arguments": '{"name": "\\u5f20\\u4e09"}'}),
        orjson.dumps({"arguments": orjson.dumps({"inner": '["\\u5f20\\u4e09"]'}).decode()}),
        "no JSON 张三".encode(),
    ],
)
def test_leak_is_found_however_it_is_written(body: bytes) -> None:
    leaks = check_leaks([SECRET], [received(body=body)])
    assert len(leaks) == 1
    assert leaks[0].startswith("case: secret ")
    assert leaks[0].endswith(f"reached {OPENAI} (its request 1)")


def test_secret_of_several_cases_is_named_once_per_request() -> None:
    again = replace(CASE, name="later case")
    leaks = check_leaks([CASE, again], [received(body=EMAIL.encode())])
    assert leaks == (f"case: secret 1 reached {OPENAI} (its request 1)",)


def test_masked_body_is_no_leak() -> None:
    assert check_leaks([SECRET, CASE], [received(), received(MINIMAX, b"\xff\xfe")]) == ()


@pytest.mark.parametrize(("times", "held"), [(0, False), (1, True), (2, False)])
def test_withdrawn_model_is_asked_exactly_once(times: int, held: bool) -> None:
    answered = [received(), received(ANTHROPIC), received(status=401)]
    problems = check_aside([*answered, *[received(status=404)] * times], OPENAI, "gpt-5.5")
    assert (problems == ()) is held
