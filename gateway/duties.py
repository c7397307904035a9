"""What must be done to a call at a destination, whatever of it counts there.

Thresholds and downgrades say where a call may go. They must not say what leaves unmasked: so policy is asked a second
time, with everything that was found, and what it then wants masked is masked. See decision 135.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.policy.question import with_labels
from gateway.policy.verdict import DEFAULT_DENY, INPUT_DENY
from gateway.ports import Policy
from gateway.redact.spans import stricter
from gateway.types import Labels, Obligations, Question, Strategy, Verdict

_NO_ANSWER = {(DEFAULT_DENY,), (INPUT_DENY,)}


async def decide(policy: Policy, question: Question, found: Labels) -> Verdict:
    """Returns policy's verdict on the question, with the duties that it would have if everything found counted.

    `found` are the labels of everything found, the question's own those of what counts. Where both are equal, which is
    the rule, one question is asked. That the second is denied stops nothing; that it has no answer denies.

    Raises:
        PolicyUnavailable: the engine failed.
    """
    verdict = await policy.decide(question)
    everything = with_labels(question, found)
    if everything is question or not verdict.allowed:
        return verdict
    fuller = await policy.decide(everything)
    if fuller.rules in _NO_ANSWER:
        return replace(verdict, allowed=False, rules=fuller.rules, obligations=Obligations())
    rules = {*verdict.rules, *(fuller.rules if fuller.allowed else ())}
    return replace(verdict, rules=tuple(sorted(rules)), obligations=both(verdict.obligations, fuller.obligations))


def both(one: Obligations, other: Obligations) -> Obligations:
    """Returns what fulfils both: all categories and tools of either, the stricter way for each type."""
    return Obligations(
        mask=one.mask | other.mask,
        drop=one.drop | other.drop,
        log_level="minimal" if "minimal" in (one.log_level, other.log_level) else one.log_level,
        strategies=_stricter(one.strategies, other.strategies),
        withheld_tools=one.withheld_tools | other.withheld_tools,
        answer_drop=one.answer_drop | other.answer_drop,
    )


def _stricter(one: Mapping[str, Strategy], other: Mapping[str, Strategy]) -> dict[str, Strategy]:
    usual = Strategy.PLACEHOLDER
    pairs = ((kind, one.get(kind, usual), other.get(kind, usual)) for kind in one.keys() | other.keys())
    return {kind: a if stricter(a, b) else b for kind, a, b in pairs}
