"""The properties of restoring live: where a stream is cut, how long text waits, and whose values come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.redact.placeholders import LONGEST_WRITTEN
from gateway.redact.redactor import SealedBody
from gateway.types import Category, Classification, Finding, Labels, Level, Strategy
from routers.types import Dialect
from tests.property.redact_cases import (
    CLEAN,
    DEBRIS,
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
from tests.unit.gateway.redact.made import call, chat, redact
from tests.unit.gateway.redact.streams import CHAT, STREAMED, cut, heard, streamed

CHOICE = st.sampled_from(STRATEGIES)
DIALECTS = st.sampled_from(STREAMED)
PLACES = st.lists(st.integers(0, 60), max_size=8)
BYTES = st.lists(st.integers(0, 1500), max_size=6)


def relayed(
    sealed: SealedBody, dialect: Dialect, text: str, places: list[int], bytes_cut: list[int], source: bool
) -> str:
    """What a client reads of the text: cut into pieces, the bytes of their events cut anywhere."""
    pieces = cut(text, sorted(min(place, len(text)) for place in places))
    stream = b"".join(streamed(dialect, pieces, source=source, ascii_only=len(places) % 2 == 0))
    ends = [0, *sorted(min(place, len(stream)) for place in bytes_cut), len(stream)]
    restorer = sealed.restorer.stream(dialect)
    shown = [restorer.feed(stream[low:high]) for low, high in pairwise(ends)]
    return heard(dialect, b"".join(shown) + restorer.finish(), source=source)


@share(0.14)
@given(text=TEXT, spans=SPANS, strategies=CHOICE, dialect=DIALECTS, places=PLACES, bytes_cut=BYTES)
def test_p3_a_stream_cut_anywhere_gives_the_text(
    text: str,
    spans: list[tuple[int, int, str]],
    strategies: Mapping[str, Strategy],
    dialect: Dialect,
    places: list[int],
    bytes_cut: list[int],
) -> None:
    sealed = sealed_chat([text], strategies, spans)
    assert relayed(sealed, dialect, sent(sealed)[0], places, bytes_cut, source=False) == text


ESCAPED_BEFORE = {"4012 8888 8888 1881\u00e9ann@example.com": ""}
"""An escape that ends in one piece of the stream, and right behind it a surrogate that begins in the same piece."""


@example(
    members=ESCAPED_BEFORE,
    strategies=dict.fromkeys(("EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "PHONE_NUMBER"), Strategy.SURROGATE),
    dialect=Dialect.OPENAI_CHAT,
    places=[24, 28],
    bytes_cut=[],
)
@share(0.06)
@given(
    members=st.dictionaries(TEXT, TEXT, max_size=2), strategies=CHOICE, dialect=DIALECTS, places=PLACES, bytes_cut=BYTES
)
def test_p3_and_p7_streamed_arguments_cut_anywhere_give_the_source(
    members: dict[str, str],
    strategies: Mapping[str, Strategy],
    dialect: Dialect,
    places: list[int],
    bytes_cut: list[int],
) -> None:
    source = json.dumps(members, ensure_ascii=len(bytes_cut) % 2 == 0)
    sealed = sealed_source(source, strategies)
    assert relayed(sealed, dialect, sent_source(sealed), places, bytes_cut, source=True) == source


@share(0.05)
@given(parts=st.lists(st.sampled_from(DEBRIS), max_size=8), places=PLACES, strategies=CHOICE, data=st.data())
def test_p3_a_stream_and_a_whole_text_agree_whatever_the_model_says(
    parts: list[str], places: list[int], strategies: Mapping[str, Strategy], data: st.DataObject
) -> None:
    sealed = sealed_chat(["Ana Perez, 10.1.2.3, ann@example.com, 10.1.2.30"], strategies)
    issued = sent(sealed)[0].split(", ")
    said = "".join(data.draw(st.permutations([*parts, *issued, issued[0][:5], issued[1][:-1]])))
    answer = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
    whole = json.loads(sealed.restorer.whole(answer)[0])["choices"][0]["message"]["content"]
    assert relayed(sealed, CHAT, said, places, [], source=False) == whole


def normalized(text: str) -> str:
    return text.replace("\\", "").replace("-", "_").replace(" ", "_").upper().strip("_[]")


@share(0.03)
@given(parts=st.lists(st.sampled_from([*CLEAN, *DEBRIS]), max_size=8), keep=st.integers(1, 30), strategies=CHOICE)
def test_p4_nothing_waits_but_the_beginning_of_a_stand_in(
    parts: list[str], keep: int, strategies: Mapping[str, Strategy]
) -> None:
    sealed = sealed_chat(["Ana Perez, 10.1.2.3, ann@example.com"], strategies)
    issued = sent(sealed)[0].split(", ")
    said = "".join(f"{part}{token[:keep]}" for part, token in zip(parts, issued * 3, strict=False))
    restorer = sealed.restorer.stream(CHAT)
    shown = 0
    for count, character in enumerate(said, start=1):
        before = restorer.restored
        (event,) = streamed(CHAT, [character], source=False)[1:2]
        shown += len(heard(CHAT, restorer.feed(event), source=False))
        if restorer.restored != before:
            return  # a whole one came back: from here on the lengths differ
        held = said[:count][shown:]
        assert len(held) <= LONGEST_WRITTEN
        begins = [
            token
            for token in issued
            if token.startswith(held.rstrip(".-")) or normalized(token).startswith(normalized(held))
        ]
        assert held in ("", "\\", "&", "%") or held[0] in "[\\&%" or begins
        assert held == "" or held[0] in "[\\&%" or strategies


class Conversations(RuleBasedStateMachine):
    """P8: conversations that take turns; each gets its own values back and never another's."""

    @initialize()
    def nobody(self) -> None:
        self.open: list[tuple[SealedBody, str, str]] = []
        self.heard: list[str] = []

    @rule(value=st.sampled_from(list(VALUES)), strategies=CHOICE, name=st.integers(0, 5), tenant=st.sampled_from("ab"))
    def one_begins(self, value: str, strategies: Mapping[str, Strategy], name: int, tenant: str) -> None:
        made = call(chat(value), conversation=f"c{name}-{len(self.open)}")
        sealed = redact(made, found_in(made), tenant=tenant, obligations=duty(strategies))
        self.open.append((sealed, sent(sealed)[0], value))

    @precondition(lambda self: self.open)
    @rule(who=st.integers(0, 99), other=st.integers(0, 99), size=st.integers(1, 9))
    def one_is_told_what_another_was_issued(self, who: int, other: int, size: int) -> None:
        sealed, own, value = self.open[who % len(self.open)]
        _, foreign, _ = self.open[other % len(self.open)]
        said = f"<{own}> ({foreign}) "
        restorer = sealed.restorer.stream(CHAT)
        events = streamed(CHAT, cut(said, list(range(size, len(said), size))), source=False)
        got = heard(CHAT, b"".join(restorer.feed(event) for event in events) + restorer.finish(), source=False)
        assert got == f"<{value}> ({value if foreign == own else foreign}) "

    @invariant()
    def stand_ins_differ(self) -> None:
        if hasattr(self, "open"):
            bracketed = [own for _, own, _ in self.open if own.startswith("[[")]
            assert len(set(bracketed)) == len(bracketed)


def test_p8_conversations_never_get_each_others_values() -> None:
    run_state_machine_as_test(Conversations, settings=share(0.004))


def test_p8_a_thousand_interleaved_streams_keep_to_themselves() -> None:
    requests = []
    for number in range(1000):
        value = f"p{number}@example.com"
        made = call(chat(value), conversation=f"c{number}")
        place = next(index for index, leaf in enumerate(made.leaves) if leaf.text == value)
        found = Finding(place, 0, len(value), "EMAIL_ADDRESS", Category.PII_DIRECT, 900, "t")
        content = Classification((found,), Labels(Level.CONFIDENTIAL, frozenset()))
        sealed = redact(made, content)
        events = streamed(CHAT, cut(f"to {sent(sealed)[0]}!", [4, 9]), source=False)
        requests.append((value, sealed.restorer.stream(CHAT), events, []))
    for turn in range(max(len(events) for _, _, events, _ in requests)):
        for _, restorer, events, shown in requests:
            shown.append(restorer.feed(events[turn]))
    for value, restorer, _, shown in requests:
        assert heard(CHAT, b"".join(shown) + restorer.finish(), source=False) == f"to {value}!"
