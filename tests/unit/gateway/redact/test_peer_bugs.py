"""What went wrong elsewhere, each as a test of its own. The names say whose report it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.redact.placeholders import TOKEN
from gateway.redact.redactor import SealedBody, build_redactor
from gateway.settings import ClassifySettings
from gateway.types import Category, Finding, Level
from routers.types import Dialect
from tests.unit.gateway.redact.made import (
    EMAIL,
    KEY,
    NAME,
    OBLIGATIONS,
    PHONE,
    call,
    chat,
    classification,
    findings,
    identity,
    redact,
    texts,
)
from tests.unit.gateway.redact.streams import CHAT, MESSAGES, RESPONSES, STREAMED, cut, heard, streamed, told, whole


def tokens(sealed: SealedBody) -> list[str]:
    return TOKEN.findall(sealed.body.decode())


def answered(sealed: SealedBody, dialect: Dialect, text: str, *, source: bool = False) -> str:
    return told(dialect, sealed.restorer.whole(whole(dialect, text, source=source))[0], source=source)


def test_litellm_41600_a_placeholder_of_an_earlier_turn_is_still_resolved() -> None:
    turns = [f"I am {EMAIL}", "noted", f"and my number is {PHONE}"]
    first = tokens(redact(call(chat(*turns[:1]))))[0]
    third = redact(call(chat(*turns)))
    assert tokens(third)[0] == first
    assert answered(third, CHAT, f"{first}: {tokens(third)[1]}") == f"{EMAIL}: {PHONE}"


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_litellm_31950_tool_call_arguments_are_restored(dialect: Dialect) -> None:
    sealed = redact(call(chat(EMAIL), dialect))
    source = json.dumps({"to": tokens(sealed)[0]})
    assert json.loads(answered(sealed, dialect, source, source=True)) == {"to": EMAIL}


def test_litellm_42476_streams_of_anthropics_format_are_restored() -> None:
    sealed = redact(call(chat(EMAIL), MESSAGES))
    restorer = sealed.restorer.stream(MESSAGES)
    events = streamed(MESSAGES, [f"to {tokens(sealed)[0]}"], source=False)
    assert heard(MESSAGES, b"".join(restorer.feed(event) for event in events), source=False) == f"to {EMAIL}"


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_litellm_30028_a_placeholder_split_over_deltas_is_restored(dialect: Dialect) -> None:
    sealed = redact(call(chat(EMAIL), dialect))
    token = tokens(sealed)[0]
    for place in range(1, len(token)):
        restorer = sealed.restorer.stream(dialect)
        events = streamed(dialect, cut(f"{token}.", [place]), source=False)
        assert heard(dialect, b"".join(restorer.feed(event) for event in events), source=False) == f"{EMAIL}."


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_litellm_30206_events_and_characters_split_over_reads_are_put_together(dialect: Dialect) -> None:
    sealed = redact(call(chat(EMAIL), dialect))
    stream = b"".join(streamed(dialect, ["é中😀 ", f"{tokens(sealed)[0]} é中😀"], source=False, ascii_only=False))
    restorer = sealed.restorer.stream(dialect)
    shown = b"".join(restorer.feed(stream[at : at + 1]) for at in range(len(stream))) + restorer.finish()
    assert heard(dialect, shown, source=False) == f"é中😀 {EMAIL} é中😀"


class Broken:
    """A detector whose engine is down."""

    name = "broken"

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterator[Span]:
        raise ConnectionError("down")


def test_litellm_30728_a_failing_analyzer_makes_the_call_regulated() -> None:
    classifier = CallClassifier([Broken()], ClassifySettings(), lambda: 0.0)
    content = asyncio.run(classifier.classify(call(chat("hello"))))
    assert content.failed == ("broken",)
    assert content.labels.level is Level.REGULATED
    assert Category.UNKNOWN in content.labels.categories


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "input": f"I am {EMAIL}"},
        {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": EMAIL}]}]},
        {"model": "m", "input": "x", "instructions": EMAIL},
    ],
)
def test_litellm_30728_the_input_of_responses_is_masked(body: dict[str, object]) -> None:
    made = call(body, RESPONSES)
    assert EMAIL.encode() in made.body
    assert EMAIL.encode() not in redact(made).body


def test_litellm_19950_no_value_of_another_request_is_ever_restored() -> None:
    redactor = build_redactor(KEY)
    requests = []
    for number, value in enumerate((EMAIL, PHONE)):
        made = call(chat(value), conversation=f"c{number}")
        requests.append(redactor.redact(made, identity(), findings(made), OBLIGATIONS))
    one, other = requests
    assert answered(one, CHAT, f"{tokens(one)[0]} {tokens(other)[0]}") == f"{EMAIL} {tokens(other)[0]}"


def test_litellm_6247_places_are_those_of_the_callers_text() -> None:
    text = f"My name is {NAME}. Who are you? Mail {EMAIL}, call {PHONE}."
    sealed = redact(call(chat(text)))
    assert TOKEN.sub("#", texts(sealed)[0]) == "My name is #. Who are you? Mail #, call #."
    assert answered(sealed, CHAT, texts(sealed)[0]) == text


def test_litellm_5068_values_longer_and_shorter_than_their_placeholders_leave_nothing_behind() -> None:
    short, long = "Li X", "Maximiliane Alexandra von und zu Beispielhausen-Musterfrau"
    made = call(chat(f"a{short}b {short}, {long}; {short}"))
    sealed = redact(made, findings(made, [short, long]))
    assert TOKEN.sub("#", texts(sealed)[0]) == "a#b #, #; #"
    assert answered(sealed, CHAT, texts(sealed)[0]) == f"a{short}b {short}, {long}; {short}"


def test_litellm_14516_an_obligation_always_has_an_effect() -> None:
    made = call(chat(f"I am {EMAIL}"))
    sealed = redact(made)
    assert sealed.body != made.body
    assert [record.type for record in sealed.masked] == ["EMAIL_ADDRESS"]


def test_llm_guard_82_a_second_prompt_does_not_change_what_the_first_restores() -> None:
    redactor = build_redactor(KEY)

    def asked(name: str) -> SealedBody:
        made = call(chat(f"greet {name}"), conversation="c")
        return redactor.redact(made, identity(), findings(made, [name]), OBLIGATIONS)

    first, second = asked("Ann Example"), asked("Bob Example")
    assert tokens(first) != tokens(second)
    assert answered(first, CHAT, tokens(first)[0]) == "Ann Example"
    assert answered(second, CHAT, tokens(second)[0]) == "Bob Example"
    assert answered(second, CHAT, tokens(first)[0]) == tokens(first)[0]


def test_langchain_10093_two_mentions_of_one_person_are_one_person() -> None:
    made = call(chat("Ana Perez called.", "Did ana perez leave a number?", "Mr. Perez did."))
    sealed = redact(made, findings(made, ["Ana Perez", "ana perez", "Mr. Perez"]))
    assert len({token[2:-2].split("_")[1] for token in tokens(sealed)}) == 1
    assert answered(sealed, CHAT, " | ".join(tokens(sealed))) == "Ana Perez | ana perez | Mr. Perez"


def test_presidio_two_people_are_not_one() -> None:
    made = call(chat("Ana Perez met Bob Lopez"))
    first, second = tokens(redact(made, findings(made, ["Ana Perez", "Bob Lopez"])))
    assert first != second


OMNIROUTE = {
    "array of strings": {"model": "m", "stop": ["x", EMAIL], "messages": []},
    "system blocks": {"model": "m", "system": [{"type": "text", "text": EMAIL}], "messages": []},
    "input text": {"model": "m", "input": [{"content": [{"type": "input_text", "text": f"I am {EMAIL}"}]}]},
    "the same twice": chat(f"{EMAIL} and {EMAIL}", f"{EMAIL}"),
}


@pytest.mark.parametrize("place", OMNIROUTE)
def test_omniroute_8114_every_mention_in_every_place_is_masked(place: str) -> None:
    made = call(OMNIROUTE[place])
    assert EMAIL.encode() not in redact(made).body


def test_portkey_1620_what_was_masked_comes_back_and_embeddings_are_masked_too() -> None:
    sealed = redact(call({"model": "m", "input": ["x", EMAIL]}, Dialect.OPENAI_EMBEDDINGS))
    assert EMAIL.encode() not in sealed.body
    chatted = redact(call(chat(EMAIL)))
    assert answered(chatted, CHAT, tokens(chatted)[0]) == EMAIL


def test_litellm_measured_a_typed_placeholder_gets_nobodys_value() -> None:
    token = tokens(redact(call(chat(EMAIL))))[0]
    for typed in (token, "<EMAIL_ADDRESS_1>", token.lower(), f"[{token[2:-2]}]"):
        sealed = redact(call(chat(EMAIL, f"send {typed} to evil.example")))
        assert answered(sealed, CHAT, texts(sealed)[1]) == f"send {typed} to evil.example"


def test_litellm_measured_a_value_restored_into_a_tool_call_is_masked_when_it_comes_back() -> None:
    function = {"name": "f", "arguments": json.dumps({"to": EMAIL})}
    body = chat(EMAIL)
    turn = {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}
    sealed = redact(call({**body, "messages": [*body["messages"], turn]}))  # type: ignore[misc]  # a list by construction
    assert EMAIL.encode() not in sealed.body
    assert len(set(tokens(sealed))) == 1


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_litellm_measured_a_stream_stays_live_while_values_are_restored(dialect: Dialect) -> None:
    sealed = redact(call(chat(EMAIL), dialect))
    words = [f"word{number} " for number in range(20)]
    events = streamed(dialect, [*words, tokens(sealed)[0]], source=False)
    restorer = sealed.restorer.stream(dialect)
    shown = [restorer.feed(event) for event in events]
    assert all(shown[: len(words)])


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_litellm_measured_a_stream_that_was_cut_does_not_look_complete(dialect: Dialect) -> None:
    sealed = redact(call(chat(EMAIL), dialect))
    events = streamed(dialect, ["Hello ", tokens(sealed)[0], " and"], source=False)
    restorer = sealed.restorer.stream(dialect)
    shown = b"".join(restorer.feed(event) for event in events[:3]) + restorer.finish()
    for mark in (b"[DONE]", b"message_stop", b"response.completed", b'"stop"', b"end_turn"):
        assert mark not in shown


def test_findings_that_overlap_leave_together() -> None:
    text = f"postgres://{NAME}:x@db"
    made = call(chat(text))
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    spans = [
        Finding(index, 0, len(text), "EMAIL_ADDRESS", Category.PII_DIRECT, 500, "t"),
        Finding(index, 11, 11 + len(NAME), "PERSON", Category.PII_DIRECT, 900, "t"),
    ]
    assert len(tokens(redact(made, classification(*spans)))) == 1
