"""Texts full of what can go wrong, and how many of them are tried.

`REDACT_CASES` says how many cases the redaction properties share (20,000 unless it is set); a million take a while:

    REDACT_CASES=1000000 pytest -n0 --timeout=0 tests/property -k redact
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gateway.redact.redactor import SealedBody
from gateway.types import Call, Category, Classification, Finding, Obligations, Strategy
from routers.types import LeafKind
from tests.unit.gateway.redact.made import call, classification, redact

CASES = int(os.environ.get("REDACT_CASES", "20000"))

VALUES: dict[str, str] = {
    "ann@example.com": "EMAIL_ADDRESS",
    "Ann@Example.com": "EMAIL_ADDRESS",
    "+1 415 555 2671": "PHONE_NUMBER",
    "(415) 555-2671": "PHONE_NUMBER",
    "10.1.2.3": "IP_ADDRESS",
    "10.1.2.30": "IP_ADDRESS",
    "fe80::1": "IP_ADDRESS",
    "4012 8888 8888 1881": "CREDIT_CARD",
    "123-45-6789": "US_SSN",
    "1984-02-29": "DATE_OF_BIRTH",
    "Ana Perez": "PERSON",
    "Perez": "PERSON",
    'O"Brien\\ Ünal': "PERSON",
    'O\\"Brien\\\\ Ünal': "PERSON",  # as it stands in JSON
    "王伟": "CN_PERSON",
    "😀 Ann": "PERSON",
}
_ANY_VALUE = re.compile("|".join(map(re.escape, sorted(VALUES, key=len, reverse=True))))
DEBRIS = [
    "[[", "]]", "[", "]", "[[EMAIL_", "[[PERSON_7F3A2]]", "[email 7f3a2]", "7F3A2", "[[LITERAL_00000]]", '"', "\\",
    "\\n", "\\u0041", "\\[", "&#91;", "&lbrack;", "%5B", "%", "&", "_", "-", ".", " ", "\n", "é", "中", "\u200b",
    "\U0001f9ea", "x", "0", "@pii.invalid", "u7f3a", "192.0.2.", "555-01", "1", ":", ",", "{", "}", "null",
    "ID_PERSON_",
]  # fmt: skip
CLEAN = [" ", " and ", ", ", "\n", ": ", " (", ") ", " <", "> ", "é ", "。", " x ", " 7 ", '"', " \\ ", "; "]

AS_JSON = st.lists(st.sampled_from([*VALUES, *CLEAN]), max_size=5).map(
    lambda parts: json.dumps({"to": "".join(parts), "all": parts, "n": 1.5}, ensure_ascii=False)
)
"""Text that is JSON, as a tool says it or an answer is asked for."""
TEXT = st.lists(st.sampled_from([*VALUES, *DEBRIS]), max_size=9).map("".join) | st.text(max_size=12) | AS_JSON
SENTENCES = st.lists(st.sampled_from([*VALUES, *CLEAN]), min_size=1, max_size=8).map(
    lambda parts: "".join(f"{part} " for part in parts)
)
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 16), st.sampled_from(["EMAIL_ADDRESS", "PERSON", "IP_ADDRESS"])),
    max_size=3,
)
EVERY_TYPE = sorted(set(VALUES.values()))
STRATEGIES: list[Mapping[str, Strategy]] = [
    {},
    dict.fromkeys(EVERY_TYPE, Strategy.SURROGATE),
    {"EMAIL_ADDRESS": Strategy.SURROGATE, "IP_ADDRESS": Strategy.SURROGATE},
]
MASK = frozenset({Category.PII_DIRECT})


def share(part: float) -> settings:
    """The settings of a property that takes this part of all cases."""
    return settings(
        max_examples=max(20, int(CASES * part)),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def duty(strategies: Mapping[str, Strategy]) -> Obligations:
    """Everything is masked, in this way."""
    return Obligations(mask=MASK, strategies=strategies)


def found_in(made: Call, spans: list[tuple[int, int, str]] | None = None) -> Classification:
    """Every value wherever it stands, and some stretches at random."""
    found: list[Finding] = []
    for index, leaf in enumerate(made.leaves):
        found += [
            Finding(index, match.start(), match.end(), VALUES[match.group()], Category.PII_DIRECT, 900, "t")
            for match in _ANY_VALUE.finditer(leaf.text)
        ]
        if leaf.path[-1] in ("content", "arguments") and leaf.kind is LeafKind.STRING:
            for start, length, kind in spans or ():
                if start < len(leaf.text):
                    end = min(start + length, len(leaf.text))
                    found.append(Finding(index, start, end, kind, Category.PII_DIRECT, 500, "t"))
    return classification(*found)


def sealed_chat(
    texts: list[str], strategies: Mapping[str, Strategy], spans: list[tuple[int, int, str]] | None = None
) -> SealedBody:
    """A conversation of these turns, masked. Its first turn makes it one of its own kind."""
    messages = [{"role": "user", "content": text} for text in texts]
    made = call({"model": "m", "messages": messages}, conversation="c1")
    return redact(made, found_in(made, spans), obligations=duty(strategies))


def sealed_source(
    source: str, strategies: Mapping[str, Strategy], spans: list[tuple[int, int, str]] | None = None
) -> SealedBody:
    """A tool call with this source as its arguments, masked."""
    tool_call = {"id": "c", "function": {"name": "f", "arguments": source}}
    messages = [{"role": "assistant", "tool_calls": [tool_call]}]
    made = call({"model": "m", "messages": messages}, conversation="c1")
    return redact(made, found_in(made, spans), obligations=duty(strategies))


def sent(sealed: SealedBody) -> list[str]:
    """The texts as they leave."""
    return [message["content"] for message in json.loads(sealed.body)["messages"]]


def sent_source(sealed: SealedBody) -> str:
    """The arguments as they leave."""
    return str(json.loads(sealed.body)["messages"][0]["tool_calls"][0]["function"]["arguments"])
