"""The table of what went where and why, for people and for machines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from gateway.demo.account import Account
from gateway.demo.checks import Result
from gateway.demo.reply import JsonObject

WIDTH = 100
_COLUMNS = (("#", 2), ("request", 43), ("who", 9), ("level", 12), ("went to", 19), ("entries", 8))
_INDENT = " " * 6


def as_text(results: Sequence[Result], *, colour: bool) -> Iterator[str]:
    """Yields the lines of the table: per request one row, and below it the why. None is wider than 100 columns."""
    yield _styled(_row([name for name, _ in _COLUMNS]), "1", colour=colour)
    for result in results:
        row = _row(_cells(result))
        yield _styled(row, "31" if result.reply.status != 200 else "0", colour=colour)
        for line in textwrap.wrap(
            "; ".join(_why(result)), WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
        ):
            yield _styled(line, "2", colour=colour)


def as_json(results: Sequence[Result]) -> list[JsonObject]:
    """Returns one object per request. Nothing in it is a value of a request or an answer."""
    return [
        {
            "number": result.number,
            "request": result.case.name,
            "who": result.case.ask.who.name,
            "sdk": result.case.ask.sdk.value,
            "model": result.case.ask.model,
            "streamed": result.case.ask.streamed,
            "status": result.reply.status,
            "error": result.reply.error,
            "destination": result.reply.trace.destination,
            "audit_record": result.reply.trace.record,
            **asdict(result.account),
        }
        for result in results
    ]


def _cells(result: Result) -> list[str]:
    account, reply = result.account, result.reply
    went = account.attempts[-1].destination if account.attempts and reply.status == 200 else f"refused ({reply.status})"
    entries = f"{account.entries[0]}-{account.entries[-1]}" if len(account.entries) > 1 else _first(account)
    return [str(result.number), result.case.name, result.case.ask.who.name, account.level or "-", went, entries]


def _first(account: Account) -> str:
    return str(account.entries[0]) if account.entries else "-"


def _row(cells: Sequence[str]) -> str:
    padded = (cell[:width].ljust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
    return " ".join(padded).rstrip()


def _why(result: Result) -> Iterator[str]:
    ask, account = result.case.ask, result.account
    yield f"{ask.sdk.value} SDK, {ask.model}{', streamed' if ask.streamed else ''}"
    if result.reply.error:
        yield result.reply.error
    if account.found:
        yield f"found {', '.join(account.found)}"
    yield from _masked(account)
    yield from _failover(account)
    yield from _provenance(account)
    yield from _refusals(account.refused)


def _masked(account: Account) -> Iterator[str]:
    if not account.attempts:
        return
    last = account.attempts[-1]
    if last.masked:
        yield f"masked {sum(last.masked.values())}, restored {last.restored}"
    if last.dropped:
        yield f"dropped {sum(last.dropped.values())}"


def _failover(account: Account) -> Iterator[str]:
    for attempt in account.attempts[:-1]:
        yield f"{attempt.destination} failed (HTTP {attempt.status}, {attempt.failure_class}), so it went on"


def _provenance(account: Account) -> Iterator[str]:
    stated = account.attempts[-1].provenance if account.attempts else {}
    if stated:
        weights, signer = stated.get("root", "")[:12], stated.get("signer", "")
        yield f"weights {weights} signed by {signer}, canaries {stated.get('canaries', '')}"


def _refusals(refused: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for destination, rules in refused.items():
        yield f"not {destination}: {' '.join(rules)}"


def _styled(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code != "0" else text
