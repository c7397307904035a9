"""What is masked follows what was found: a second question, asked only where less counts than was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway import duties
from gateway.policy.verdict import DEFAULT_DENY, INPUT_DENY, denial
from gateway.types import Category, HexDigest, Labels, Level, Obligations, Question, RuleId, Strategy, Verdict
from tests.unit.gateway.policy.samples import HARMLESS

NOTHING = Labels(Level.PUBLIC, frozenset())
PERSONAL = Labels(Level.CONFIDENTIAL, frozenset({Category.PII_DIRECT}))
MASKED = Obligations(mask=frozenset({Category.PII_DIRECT}))


@dataclass
class Asked:
    """A policy of one function, and what it was asked."""

    answer: Callable[[Question], Verdict]
    questions: list[Question] = field(default_factory=list)
    revision: str = "r"

    async def decide(self, question: Question) -> Verdict:
        self.questions.append(question)
        return self.answer(question)


def verdict(question: Question, obligations: Obligations, *rules: str, allowed: bool = True) -> Verdict:
    named = tuple(RuleId(rule) for rule in rules)
    return Verdict(question.destination, allowed, named, obligations, HexDigest("r"), HexDigest("q"))


def by_category(when: Verdict, otherwise: Verdict) -> Asked:
    return Asked(lambda question: when if question.categories else otherwise)


async def test_where_everything_counts_one_question_is_asked() -> None:
    policy = Asked(lambda question: verdict(question, Obligations()))
    await duties.decide(policy, HARMLESS, NOTHING)
    assert policy.questions == [HARMLESS]


async def test_what_does_not_count_is_masked_all_the_same() -> None:
    policy = by_category(verdict(HARMLESS, MASKED, "PII-1"), verdict(HARMLESS, Obligations()))
    found = await duties.decide(policy, HARMLESS, PERSONAL)
    assert (found.allowed, found.rules, found.obligations.mask) == (True, ("PII-1",), MASKED.mask)
    assert [(question.level, question.categories) for question in policy.questions] == [(0, ()), (2, ("pii.direct",))]


async def test_that_everything_found_would_be_denied_stops_nothing_and_masks() -> None:
    policy = by_category(verdict(HARMLESS, MASKED, "CN-NIL-7", allowed=False), verdict(HARMLESS, Obligations(), "X-1"))
    found = await duties.decide(policy, HARMLESS, PERSONAL)
    assert (found.allowed, found.rules, found.obligations.mask) == (True, ("X-1",), MASKED.mask)


async def test_a_denial_is_asked_nothing_more() -> None:
    policy = Asked(lambda question: verdict(question, Obligations(), "DEST-1", allowed=False))
    assert not (await duties.decide(policy, HARMLESS, PERSONAL)).allowed
    assert len(policy.questions) == 1


async def test_no_answer_to_the_second_question_denies() -> None:
    for rule in (DEFAULT_DENY, INPUT_DENY):
        none = denial(HARMLESS, rule, revision=HexDigest("r"), question_digest=HexDigest("q"))
        policy = by_category(none, verdict(HARMLESS, Obligations()))
        found = await duties.decide(policy, HARMLESS, PERSONAL)
        assert (found.allowed, found.rules, found.obligations) == (False, (rule,), Obligations())


def test_duties_of_both_hold_and_the_stricter_way() -> None:
    one = Obligations(
        mask=frozenset({Category.PHI}),
        strategies={"A": Strategy.SURROGATE, "B": Strategy.DROP},
        withheld_tools=frozenset({"mail"}),
    )
    other = Obligations(
        drop=frozenset({Category.CREDENTIAL}),
        log_level="minimal",
        strategies={"B": Strategy.SURROGATE, "C": Strategy.MASK},
        answer_drop=frozenset({Category.CREDENTIAL}),
    )
    made = Obligations(
        mask=one.mask,
        drop=other.drop,
        log_level="minimal",
        strategies={"A": Strategy.PLACEHOLDER, "B": Strategy.DROP, "C": Strategy.MASK},
        withheld_tools=one.withheld_tools,
        answer_drop=other.answer_drop,
    )
    assert duties.both(one, other) == duties.both(other, one) == made
