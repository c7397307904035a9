"""The engine's answer, read strictly. Whatever is not exactly a decision is a denial."""

from __future__ import annotations

from typing import Final

from gateway.types import Category, HexDigest, Obligations, Question, RuleId, Strategy, Verdict

DEFAULT_DENY: Final = RuleId("DEFAULT-1")
"""The engine gave no answer, or one that is not a decision."""
INPUT_DENY: Final = RuleId("INPUT-1")
"""The question breaks the closed schema."""

_KEYS = frozenset(
    ("allow", "deny", "mask", "drop", "duties", "log_level", "strategies", "withheld_tools", "answer_drop")
)
_LOG_LEVELS = ("full", "minimal")


class _Malformed(Exception):
    """The value is not a decision."""


def denial(question: Question, rule: RuleId, *, revision: HexDigest, question_digest: HexDigest) -> Verdict:
    """Returns a denial that no rule of the bundle gave."""
    return Verdict(question.destination, False, (rule,), Obligations(), revision, question_digest)  # noqa: FBT003


def read_decision(value: object, question: Question, *, revision: HexDigest, question_digest: HexDigest) -> Verdict:
    """Returns the verdict in an engine's answer; a malformed answer is a `DEFAULT-1` denial.

    An allowed verdict names the rules that put obligations on it, a denied one the rules that object.
    """
    try:
        allowed, rules, obligations = _read(value)
    except _Malformed:
        return denial(question, DEFAULT_DENY, revision=revision, question_digest=question_digest)
    return Verdict(question.destination, allowed, rules, obligations, revision, question_digest)


def _read(value: object) -> tuple[bool, tuple[RuleId, ...], Obligations]:
    if not isinstance(value, dict) or set(value) != _KEYS:
        raise _Malformed
    allowed, deny, duties = value["allow"], _rules(value["deny"]), _rules(value["duties"])
    if not isinstance(allowed, bool) or allowed == bool(deny) or value["log_level"] not in _LOG_LEVELS:
        raise _Malformed
    obligations = Obligations(
        mask=_categories(value["mask"]),
        drop=_categories(value["drop"]),
        log_level=str(value["log_level"]),
        strategies=_strategies(value["strategies"]),
        withheld_tools=_texts(value["withheld_tools"]),
        answer_drop=_categories(value["answer_drop"]),
    )
    return allowed, duties if allowed else deny, obligations


def _rules(value: object) -> tuple[RuleId, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _Malformed
    return tuple(RuleId(item) for item in sorted(value))


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _Malformed
    return frozenset(value)


def _strategies(value: object) -> dict[str, Strategy]:
    if not isinstance(value, dict) or not all(isinstance(kind, str) and kind for kind in value):
        raise _Malformed
    try:
        return {kind: Strategy(strategy) for kind, strategy in value.items()}
    except ValueError:
        raise _Malformed from None


def _categories(value: object) -> frozenset[Category]:
    if not isinstance(value, list):
        raise _Malformed
    try:
        return frozenset(Category(item) for item in value)
    except ValueError:
        raise _Malformed from None
