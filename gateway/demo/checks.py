"""Does what happened agree with what was promised? Each check returns what did not hold, in words without values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from gateway.demo.account import Account
from gateway.demo.cases import INHOUSE, Case
from gateway.demo.providers import Received
from gateway.demo.reply import Reply
from gateway.redact.placeholders import TOKEN

_SEPARATORS = re.compile(r"[\s\-]+")


@dataclass(frozen=True, slots=True)
class Result:
    """One case as it went. `received` is what it made the simulated providers receive."""

    number: int
    case: Case
    reply: Reply = field(repr=False)
    account: Account
    received: tuple[Received, ...]
    borrowed: str = field(default="", repr=False)

    @property
    def placeholders(self) -> frozenset[str]:
        """The placeholders that the last provider received in the conversation."""
        return frozenset(TOKEN.findall(self.received[-1].body.decode())) if self.received else frozenset()


def check(result: Result, followed: Result | None) -> tuple[str, ...]:
    """Returns everything about one case that did not hold. `followed` is the case whose history it sent again."""
    problems = (
        *_answer(result),
        *_route(result),
        *_content(result),
        *_restoration(result),
        *_continuity(result, followed),
        *_record(result),
    )
    return tuple(f"{result.number} {result.case.name}: {problem}" for problem in problems)


def _answer(result: Result) -> Iterator[str]:
    expect, reply = result.case.expect, result.reply
    if reply.status != expect.status:
        yield f"answered with HTTP {reply.status} ({reply.error}), expected {expect.status}"
    elif reply.error != expect.code:
        yield f"answered with the error {reply.error!r}, expected {expect.code!r}"
    if not reply.finished:
        yield "the answer has no end"
    if expect.thinks and not reply.thinking:
        yield "the answer holds no thinking"


def _route(result: Result) -> Iterator[str]:
    """Where it went, and that nobody else received anything."""
    expect, account = result.case.expect, result.account
    way = [*expect.failed_over_from, *([expect.destination] if expect.destination else [])]
    went = [attempt.destination for attempt in account.attempts]
    if went != way:
        yield f"went to {_listed(went)}, expected {_listed(way)}"
    if (result.reply.trace.destination or "") != expect.destination and expect.status == 200:
        yield f"the answer names {result.reply.trace.destination or 'no destination'}"
    touched = {each.provider for each in result.received}
    if not touched <= set(way):
        yield f"{_listed(sorted(touched - set(way)))} received something"
    for destination, rules in expect.refused.items():
        missing = rules - set(account.refused.get(destination, ()))
        if missing:
            yield f"{destination} was not refused by {_listed(sorted(missing))}"


def _content(result: Result) -> Iterator[str]:
    """What was found, and what was masked or dropped on the way to where it went."""
    expect, account = result.case.expect, result.account
    if expect.level and account.level != expect.level:
        yield f"counted as {account.level or 'nothing'}, expected {expect.level}"
    if missing := expect.found - set(account.found):
        yield f"{_listed(sorted(missing))} not found"
    last = account.attempts[-1] if account.attempts else None
    if missing := expect.masked - set(last.masked if last else ()):
        yield f"{_listed(sorted(missing))} not masked"
    if missing := expect.dropped - set(last.dropped if last else ()):
        yield f"{_listed(sorted(missing))} not dropped"


def _restoration(result: Result) -> Iterator[str]:
    expect, reply = result.case.expect, result.reply
    for place, value in enumerate(expect.restored, 1):
        if (result.borrowed if value == "{borrowed}" else value) not in reply.text:
            yield f"value {place} is not readable in the answer"
    for place, value in enumerate(expect.in_arguments, 1):
        if value not in reply.arguments:
            yield f"value {place} is not readable in the tool's arguments"
    issued = result.placeholders - {result.borrowed}
    shown = f"{reply.text}{reply.arguments}"  # thinking is signed over its exact bytes, placeholders included
    if any(token in shown for token in issued):
        yield "a placeholder was left in the answer"
    if any(value in shown for value in expect.absent):
        yield "the answer holds a value that it must not hold"


def _continuity(result: Result, followed: Result | None) -> Iterator[str]:
    if result.case.expect.same_placeholders and followed is not None and result.placeholders != followed.placeholders:
        yield "the placeholders are not those of the turn before"


def _record(result: Result) -> Iterator[str]:
    trace, account = result.reply.trace, result.account
    if account.entries and trace.record not in {str(seq) for seq in account.entries}:
        yield "the answer names an audit entry that is not its own"
    if result.case.expect.destination and not account.entries:
        yield "there is no audit entry"
    if any(not attempt.ending for attempt in account.attempts):
        yield "an attempt has no recorded outcome"
    answered = [each for each in account.attempts if each.destination == INHOUSE and each.ending == "complete"]
    if any(each.provenance.get("canaries") != "holds" or not each.provenance.get("root") for each in answered):
        yield "the in-house answer has no recorded provenance, or its canaries did not hold"


def check_leaks(cases: Iterable[Case], received: Sequence[Received]) -> tuple[str, ...]:
    """Returns which secret reached which provider: as bytes, in any string of the JSON, or respaced.

    A secret is named by the first case that holds it and its place there.
    """
    sent = [(each, _readable(each.body)) for each in received]
    names: dict[str, str] = {}
    for case in cases:
        for place, secret in enumerate(case.secrets, 1):
            names.setdefault(secret, f"{case.name}: secret {place}")
    return tuple(
        f"{name} reached {each.provider} (its request {each.number})"
        for secret, name in names.items()
        for each, text in sent
        if _holds(text, secret)
    )


def check_aside(received: Sequence[Received], provider: str, model: str) -> tuple[str, ...]:
    """Returns a problem unless the withdrawn model was asked for exactly once after it was withdrawn."""
    times = sum((each.provider, each.model, each.status) == (provider, model, 404) for each in received)
    return (
        () if times == 1 else (f"{provider} was asked for {model} {times} times after withdrawing it, expected once",)
    )


def _holds(text: str, secret: str) -> bool:
    return secret in text or _SEPARATORS.sub("", secret) in _SEPARATORS.sub("", text)


def _readable(body: bytes) -> str:
    """The body as it is, and every string in it decoded, tool arguments inside strings included."""
    text = body.decode("utf-8", "replace")
    return "\n".join((text, *_decoded(text)))


def _decoded(source: str) -> Iterator[str]:
    try:
        value = orjson.loads(source)
    except orjson.JSONDecodeError:
        return
    yield from _strings(value)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.lstrip()[:1] in ("{", "["):
            yield from _decoded(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody"
