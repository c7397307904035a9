"""What an upstream's error means for routing: a catalogue of signatures, as data, and the one reader of it.

Status codes lie about permanence (an organisation that was disabled is a 400, an empty balance may be a 500), so a rule
looks at the status, the codes and the message together. The first rule that matches counts. What no rule knows is
`UNKNOWN`. A message is read here and goes nowhere: a failure names the rule, never text of the upstream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from routers.error_body import ErrorBody, in_band_status, read_error
from routers.errors import CatalogError
from routers.types import Failure, FailureClass, Headers, Scope

PACKAGED = Path(__file__).with_name("signatures.json")
"""The catalogue that comes with the product."""
_UNKNOWN = "UNKNOWN"
_KEYS = {"id", "status", "codes", "message", "structured", "class", "scope", "certain", "source"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One signature. Every condition that is given must hold.

    `codes` are lower case; `message` is searched in the lower-cased message; `structured` asks for an error object with
    a message of its own. A rule that is not `certain` makes its target suspect, never revoked, at first sight.
    """

    id: str
    statuses: frozenset[int]
    codes: frozenset[str]
    message: re.Pattern[str] | None
    structured: bool
    failure_class: FailureClass
    scope: Scope
    certain: bool

    def matches(self, status: int, error: ErrorBody) -> bool:
        """Whether the answer bears this signature."""
        if self.statuses and status not in self.statuses:
            return False
        if self.codes and not self.codes & error.codes:
            return False
        if self.structured and not error.structured:
            return False
        return self.message is None or self.message.search(error.message) is not None


class Signatures:
    """Satisfies `routers.sending.Judge`. Immutable."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order they are tried."""
        return self._rules

    def judge(self, status: int, headers: Headers, body: bytes, *, worked_recently: bool) -> Failure:
        """Returns what an answer with an error status means.

        A model that is said to be missing although this very target answered within the last day was not mistyped: it
        was withdrawn.
        """
        error = read_error(body)
        return self._failure(status, error, _retry_after_s(headers), worked_recently=worked_recently)

    def judge_in_band(self, content: Mapping[str, object], *, worked_recently: bool) -> Failure | None:
        """Returns what is wrong with a JSON answer of status 200, or `None` when it reports no error."""
        status = in_band_status(content)
        if status is None:
            return None
        return self._failure(status, read_error(content), None, worked_recently=worked_recently)

    def _failure(self, status: int, error: ErrorBody, retry_after_s: float | None, *, worked_recently: bool) -> Failure:
        for rule in self._rules:
            if rule.matches(status, error):
                meaning = rule.failure_class
                if meaning is FailureClass.RETIRED and not rule.certain and worked_recently:
                    meaning = FailureClass.REVOKED
                return Failure(meaning, rule.scope, rule.id, status, rule.certain, retry_after_s)
        return Failure(FailureClass.UNKNOWN, Scope.CALL, _UNKNOWN, status, certain=False, retry_after_s=retry_after_s)


def load_signatures(path: Path = PACKAGED) -> Signatures:
    """Returns the signatures of a file.

    Raises:
        CatalogError: unreadable, an unknown or missing key, a duplicate id, or a pattern that is no regular expression.
    """
    try:
        root = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise CatalogError(f"{path.name}: cannot be read") from None
    if not isinstance(root, dict) or set(root) != {"version", "rules"} or not isinstance(root["rules"], list):
        raise CatalogError(f"{path.name}: needs `version` and `rules`")
    rules = list(_rules(root["rules"]))
    if len({rule.id for rule in rules}) != len(rules):
        raise CatalogError(f"{path.name}: duplicate rule id")
    return Signatures(rules)


def _rules(items: list[object]) -> Iterator[Rule]:
    for number, item in enumerate(items):
        if not isinstance(item, dict) or not {"id", "class", "scope", "certain", "source"} <= set(item) <= _KEYS:
            raise CatalogError(f"rules[{number}]: unknown or missing key")
        try:
            yield _rule(item)
        except (ValueError, TypeError, re.error):
            raise CatalogError(f"rules[{number}]: a value of the wrong kind") from None


def _rule(item: dict[str, object]) -> Rule:
    message = item.get("message")
    rule = Rule(
        id=str(item["id"]),
        statuses=frozenset(int(str(status)) for status in _list(item.get("status"))),
        codes=frozenset(str(code) for code in _list(item.get("codes"))),
        message=None if message is None else re.compile(str(message)),
        structured=item.get("structured", False) is True,
        failure_class=FailureClass(str(item["class"])),
        scope=Scope(str(item["scope"])),
        certain=item["certain"] is True,
    )
    if not (rule.statuses or rule.codes or rule.message) or any(code != code.lower() for code in rule.codes):
        raise ValueError(rule.id)
    return rule


def _list(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError
    return value


def _retry_after_s(headers: Headers) -> float | None:
    """Seconds only: a date would need a clock that agrees with the upstream's."""
    for name, value in headers:
        if name == "retry-after" and value.isascii() and value.isdigit():
            return float(value)
    return None
