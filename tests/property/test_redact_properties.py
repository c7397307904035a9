"""The properties of redaction on whole texts, as its explanation states them. How many: `redact_cases`."""

from __future__ import annotations

import ipaddress
import json
import random
import re

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from gateway.redact.placeholders import TOKEN
from gateway.types import Category, Finding, Strategy
from tests.property.redact_cases import (
    CLEAN,
    EVERY_TYPE,
    SENTENCES,
    SPANS,
    STRATEGIES,
    TEXT,
    VALUES,
    duty,
    found_in,
    sealed_chat,
    sealed_source,
    sent,
    sent_source,
    share,
)
from tests.unit.gateway.redact.made import call, chat, classification, redact
from tests.unit.gateway.redact.test_cells import REWRITINGS

CHOICE = st.sampled_from(STRATEGIES)
MEMBERS = st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=2) | st.none(), max_size=3)


def read_back(text: str, sealed: object) -> str:
    """What a caller reads when a destination says this text."""
    answer = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    restored, _ = sealed.restorer.whole(answer)  # type: ignore[attr-defined]  # a SealedBody
    return str(json.loads(restored)["choices"][0]["message"]["content"])


@share(0.20)
@given(texts=st.lists(TEXT, min_size=1, max_size=2), spans=SPANS, strategies=CHOICE)
def test_p1_what_is_masked_comes_back_exactly(
    texts: list[str], spans: list[tuple[int, int, str]], strategies: dict[str, Strategy]
) -> None:
    sealed = sealed_chat(texts, strategies, spans)
    assert [read_back(text, sealed) for text in sent(sealed)] == texts


@share(0.08)
@given(
    text=TEXT, more=TEXT, strategies=CHOICE, cut=st.integers(0, 8), rewrite=st.sampled_from(list(REWRITINGS.values()))
)
def test_p1_also_where_the_caller_types_what_was_issued(
    text: str, more: str, strategies: dict[str, Strategy], cut: int, rewrite: object
) -> None:
    first = sealed_chat([text, "Ana Perez, 10.1.2.3, ann@example.com"], strategies)
    name, address, mail = sent(first)[1].split(", ")
    typed = f"{more}{mail[cut:]}{name}{rewrite(name[2:-2])}x{address[: len(address) - cut]} {mail} {address}{more}"  # type: ignore[operator]  # a function
    sealed = sealed_chat([text, typed, "Ana Perez, 10.1.2.3, ann@example.com"], strategies)
    assert [read_back(each, sealed) for each in sent(sealed)][:2] == [text, typed]


@share(0.10)
@given(members=MEMBERS, spans=SPANS, strategies=CHOICE, ascii_only=st.booleans())
def test_p1_and_p7_tool_arguments_leave_as_json_and_come_back_exactly(
    members: dict[str, object], spans: list[tuple[int, int, str]], strategies: dict[str, Strategy], ascii_only: bool
) -> None:
    source = json.dumps(members, ensure_ascii=ascii_only)
    sealed = sealed_source(source, strategies, spans)
    masked = sent_source(sealed)
    assert isinstance(json.loads(masked), dict)
    answer = {"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": masked}}]}}]}
    restored = json.loads(sealed.restorer.whole(json.dumps(answer).encode())[0])
    assert restored["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == source


@share(0.08)
@given(values=st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=4, unique=True), data=st.data())
def test_p2_no_value_leaves_in_any_form_that_json_has(values: list[str], data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(CLEAN), min_size=len(values), max_size=len(values)))
    text = "".join(f"{gap} {value} " for gap, value in zip(gaps, values, strict=True))
    quoting = {"role": "user", "content": json.dumps(values)}
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": text}, quoting],
        "metadata": dict.fromkeys(values, "x"),
    }
    made = call(body, conversation="c1")
    only_first = found_in(made).findings[: len(values)]
    every = classification(*(f for f in found_in(made).findings if made.leaves[f.leaf].text == text), *only_first)
    leaving = redact(made, every, obligations=duty(data.draw(CHOICE))).body.decode()
    for value in values:
        stands_alone = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
        assert not stands_alone.search(leaving)
        assert not stands_alone.search(json.dumps(leaving))
        if len(value) > 5:
            assert json.dumps(value)[1:-1] not in leaving


@share(0.08)
@given(turns=st.lists(SENTENCES, min_size=2, max_size=4), strategies=CHOICE, kept=st.integers(1, 3))
def test_p5_a_resent_conversation_begins_with_the_same_bytes(
    turns: list[str], strategies: dict[str, Strategy], kept: int
) -> None:
    before, after = sealed_chat(turns[:kept], strategies).body, sealed_chat(turns, strategies).body
    assert after.startswith(before[: -len("]}")])


@share(0.02)
@given(text=SENTENCES, strategies=CHOICE)
def test_p5_conversations_and_tenants_do_not_share_stand_ins(text: str, strategies: dict[str, Strategy]) -> None:
    spoken = f"{text} write to ann@example.com"
    leaving = []
    for conversation, tenant in (("c1", "acme"), ("c2", "acme"), ("c1", "other")):
        made = call(chat(spoken), conversation=conversation)
        leaving.append(sent(redact(made, found_in(made), tenant=tenant, obligations=duty(strategies)))[0].split()[-1])
    assert len(set(leaving)) == 3


@share(0.08)
@given(
    value=st.sampled_from(list(VALUES)),
    rewrite=st.sampled_from(list(REWRITINGS.values())),
    before=st.sampled_from(["", "x", " ", "(", "**", "é", '"']),
    after=st.sampled_from(["", "s", "'s", " ", ")", "**", ".", "é", '"']),
    flip=st.integers(0, 20),
)
def test_p6_rewritten_placeholders_come_back_and_look_alikes_do_not(
    value: str, rewrite: object, before: str, after: str, flip: int
) -> None:
    sealed = sealed_chat([value], {})
    inside = sent(sealed)[0][2:-2]
    assert read_back(f"{before}{rewrite(inside)}{after}", sealed) == f"{before}{value}{after}"  # type: ignore[operator]  # a function
    place = inside.index("_") + 1 + flip % 5
    other = inside[:place] + ("0" if inside[place] != "0" else "1") + inside[place + 1 :]
    look_alike = f"{before}{rewrite(other)}{after}"  # type: ignore[operator]  # a function
    assert read_back(look_alike, sealed) == look_alike


SCHEMA = {
    "type": "object",
    "properties": {
        "mail": {"type": "string", "format": "email"},
        "ip": {"type": "string", "format": "ipv4"},
        "born": {"type": "string", "format": "date"},
        "ssn": {"type": "string", "pattern": r"^\d{3}-\d{2}-\d{4}$"},
        "phone": {"type": "string", "pattern": r"^\+\d{11}$"},
        "card": {"type": "string", "pattern": r"^\d{16}$"},
    },
}


@share(0.03)
@given(number=st.integers(0, 10**9))
def test_p7_surrogates_are_valid_where_the_values_were(number: int) -> None:
    draw = random.Random(number)
    members = {
        "mail": f"p{number}@example.com",
        "ip": str(ipaddress.IPv4Address(draw.randrange(1 << 24, 1 << 31))),
        "born": f"{draw.randrange(1930, 2020)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
        "ssn": f"{draw.randrange(100, 600)}-{draw.randrange(10, 99)}-{draw.randrange(1000, 9999)}",
        "phone": f"+1{draw.randrange(2 * 10**9, 10**10)}",
        "card": f"4{draw.randrange(10**14, 10**15)}",
    }
    kinds = dict(
        zip(
            members,
            ["EMAIL_ADDRESS", "IP_ADDRESS", "DATE_OF_BIRTH", "US_SSN", "PHONE_NUMBER", "CREDIT_CARD"],
            strict=True,
        )
    )
    source = json.dumps(members)
    tool_call = {"id": "c", "function": {"name": "f", "arguments": source}}
    made = call({"model": "m", "messages": [{"role": "assistant", "tool_calls": [tool_call]}]})
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == source)
    spans = [
        Finding(
            index, source.index(value), source.index(value) + len(value), kinds[name], Category.PII_DIRECT, 900, "t"
        )
        for name, value in members.items()
    ]
    sealed = redact(made, classification(*spans), obligations=duty(dict.fromkeys(EVERY_TYPE, Strategy.SURROGATE)))
    masked = json.loads(sent_source(sealed))
    jsonschema.validate(masked, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert not set(masked.values()) & set(members.values())


@share(0.05)
@given(words=st.integers(1, 12), spans=SPANS, seed=st.integers(0, 99))
def test_p10_what_leaves_differs_only_where_something_was_found(
    words: int, spans: list[tuple[int, int, str]], seed: int
) -> None:
    text = " ".join(f"w{number:03}" for number in range(words))
    made = call(chat("x", text), conversation="c1")
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    found = [
        Finding(index, start, min(start + length, len(text)), kind, Category.PII_DIRECT, 500 + start, "t")
        for start, length, kind in spans
        if start < len(text)
    ]
    covered = {place for each in found for place in range(each.start, each.end)}
    starts = {each.start for each in found} - {place for each in found for place in range(each.start + 1, each.end)}
    expected = "".join("\0" if at in starts else "" if at in covered else char for at, char in enumerate(text))
    shuffled = random.Random(seed).sample(found, len(found))
    one, other = (redact(made, classification(*each)) for each in (found, shuffled))
    assert one.body == other.body
    assert TOKEN.sub("\0", sent(one)[1]) == expected
    assert read_back(sent(one)[1], one) == text
