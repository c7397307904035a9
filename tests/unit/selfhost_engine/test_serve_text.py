"""Between text and tokens: the template, the tokenizer, stop strings, and the assembly of an answer."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfhost.engine.request import Finish, Token
from selfhost.errors import CheckpointError
from selfhost.m3_format import CALLS, END_CALLS, END_THINK, THINK, FormatStream
from selfhost.nano import WEIGHTS
from selfhost.nano.corpus import examples
from selfhost.nano.prompts import Example, pieces
from selfhost.serve.assembly import Assembly
from selfhost.serve.events import Called, Ended, Text, Thought
from selfhost.serve.refusals import Refused
from selfhost.serve.stops import StopStrings
from selfhost.serve.template import ChatTemplate, Thinking
from selfhost.serve.tokens import Detokenizer, Tokens

TOKENS = Tokens.load(WEIGHTS)
TEMPLATE = ChatTemplate.load(WEIGHTS, TOKENS)
CALL = f'{CALLS}\n]<]minimax[>[<invoke name="a">]<]minimax[>[<x>1]<]minimax[>[</x>]<]minimax[>[</invoke>\n{END_CALLS}'


def messages(example: Example) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [{"role": "system", "content": example.system}]
    for turn in example.turns:
        calls = [{"function": {"name": name, "arguments": arguments}} for name, arguments in turn.calls]
        message = {"role": "assistant" if turn.role == "ai" else turn.role, "content": turn.text}
        found.append(
            message | {"reasoning_content": turn.thought, "tool_calls": calls} if turn.role == "ai" else message
        )
    return found


@pytest.mark.parametrize("mode", list(Thinking))
def test_template_writes_what_the_model_was_trained_on(mode: Thinking) -> None:
    end = f"]~b]ai\n{THINK}{'' if mode is Thinking.ENABLED else END_THINK}"
    for example in islice(examples(3), 500):
        expected = "".join(text for text, _ in pieces(example)) + end
        assert TEMPLATE.render(messages(example), example.tools, mode) == expected


marked = st.lists(st.sampled_from([*TOKENS.markers, "\ue000", "\ue001", "\ue0000\ue001", "a", "张", "😀", "\n", "<"]))


@given(marked)
@settings(max_examples=200, deadline=None)
def test_nothing_a_person_writes_becomes_a_marker(parts: list[str]) -> None:
    plain = TEMPLATE.encode(TEMPLATE.render([{"role": "user", "content": ""}], (), Thinking.DISABLED))
    said = "".join(parts)
    ids = TEMPLATE.encode(TEMPLATE.render([{"role": "user", "content": said}], (), Thinking.DISABLED))
    markers = set(range(8))
    assert [each for each in ids if each in markers] == [each for each in plain if each in markers]
    assert said in TOKENS.text_of(ids)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_text_comes_back_token_by_token(text: str) -> None:
    ids = TOKENS.encode(text)
    stream = Detokenizer(TOKENS)
    shown = [stream.feed(token) for token in ids] + [stream.finish()]
    if not any(marker in text for marker in TOKENS.markers):
        assert "".join(shown) == text
    assert "\ufffd" not in "".join(shown) or "\ufffd" in text


def test_answer_cut_inside_a_character_shows_that_it_was() -> None:
    ids = TOKENS.encode("😀")
    assert len(ids) > 1
    stream = Detokenizer(TOKENS)
    assert stream.feed(ids[0]) + stream.finish() == "\ufffd"


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(400) %}{% for b in range(400) %}{% endfor %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{{ raise_exception('no') }}",
        "{{ missing.field }}",
        "{{ cycler }}{{ cycler.x }}",
        "{{ 1 / 0 }}",
    ],
)
def test_template_that_misbehaves_refuses_the_request(source: str) -> None:
    with pytest.raises(Refused):
        ChatTemplate(source, TOKENS).render([{"role": "user", "content": "hello"}], (), Thinking.DISABLED)


def test_template_that_is_none_is_refused_at_load() -> None:
    with pytest.raises(CheckpointError):
        ChatTemplate("{% if %}", TOKENS)


@given(st.lists(st.text("ab", max_size=4), max_size=12), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
@settings(max_examples=400)
def test_text_ends_before_the_first_stop_string_however_it_was_split(parts: list[str], stops: list[str]) -> None:
    watch = StopStrings(stops)
    shown = "".join([*(watch.feed(part) for part in parts), watch.finish()])
    whole = "".join(parts)
    # The stop string that is whole first, as one sees who reads letter by letter.
    ends = [(whole.find(stop), stop) for stop in stops if stop in whole]
    assert (watch.found is None) is (not ends)
    assert whole.startswith(shown)
    assert shown == whole if not ends else not any(stop in shown for stop in stops)


def assembled(answer: str, stops: tuple[str, ...] = (), *, thinking: bool = False) -> list[object]:
    stream = FormatStream({"a": {"properties": {"x": {"type": "integer"}}}}, thinking=thinking)
    assembly = Assembly(TOKENS, stream, StopStrings(stops), 5, ("a",), scoring=True)
    ids = TOKENS.encode(answer)
    last = [Token(2, 0.0, finish=Finish.STOP)]
    return [event for token in [*(Token(each, -1.0) for each in ids), *last] for event in assembly.feed(token)]


def test_answer_is_told_apart() -> None:
    events = assembled(f"I think{END_THINK}Hello 张三{CALL}", thinking=True)
    assert "".join(each.text for each in events if isinstance(each, Thought)) == "I think"
    assert "".join(each.text for each in events if isinstance(each, Text)) == "Hello 张三"
    assert [each.call.arguments for each in events if isinstance(each, Called)] == ['{"x": 1}']
    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "calls"


def test_call_of_a_tool_that_was_not_offered_is_dropped() -> None:
    events = assembled(CALL.replace('"a"', '"b"'))
    assert [type(each) for each in events] == [Ended]


@pytest.mark.parametrize("answer", ["Hello 张三, good day", "a < b 😀 and on"])
def test_scored_tokens_are_the_text(answer: str) -> None:
    scored = [each for event in assembled(answer) if isinstance(event, Text) for each in event.scored]
    assert b"".join(each.content for each in scored).decode() == answer
