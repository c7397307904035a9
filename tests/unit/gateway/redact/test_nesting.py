"""A value comes back as the JSON needs it that it stands in: text that is JSON, source, JSON in a string of either."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.redact.nesting import Nesting, spelling_at, written_at
from gateway.redact.redactor import SealedBody
from gateway.types import Category, Finding
from routers.types import Dialect
from tests.unit.gateway.redact.made import call, chat, classification, redact
from tests.unit.gateway.redact.streams import CHAT, MESSAGES, RESPONSES, STREAMED, cut, heard, streamed, told, whole

HARD = 'O"Brien\\ Ü\nnal \U0001f9ea'
INNER: dict[str, Callable[[str], str]] = {
    "an object": lambda said: json.dumps({"to": said, "n": 1}),
    "not in ASCII": lambda said: json.dumps(["é", {"to": said}], ensure_ascii=False),
    "with spaces": lambda said: f' {{ "a" : [ 1.5e3, true, null ] , "to" : {json.dumps(said)} }}',
    "a string of a string": lambda said: json.dumps({"p": json.dumps({"q": json.dumps([said])})}),
}


def meant(text: object) -> object:
    """What JSON says, JSON in its strings included."""
    match text:
        case str():
            return meant(json.loads(text)) if text.lstrip()[:1] in ("{", "[") else text
        case dict():
            return {key: meant(value) for key, value in text.items()}
        case list():
            return [meant(value) for value in text]
    return text


def sealed(dialect: Dialect, value: str = HARD) -> tuple[SealedBody, str]:
    made = call(chat(f"I am {value}."), dialect, conversation="c1")
    place = next(index for index, leaf in enumerate(made.leaves) if leaf.text.startswith("I am"))
    finding = Finding(place, 5, 5 + len(value), "PERSON", Category.PII_DIRECT, 900, "t")
    result = redact(made, classification(finding))
    return result, result.issued[0].token


@pytest.mark.parametrize("source", [False, True], ids=["text", "arguments"])
@pytest.mark.parametrize("name", INNER)
@pytest.mark.parametrize("dialect", STREAMED)
def test_a_whole_answer_that_is_json_stays_json(dialect: Dialect, name: str, source: bool) -> None:
    made, token = sealed(dialect)
    body = made.restorer.whole(whole(dialect, INNER[name](token), source=source))[0]
    assert meant(told(dialect, body, source=source)) == meant(INNER[name](HARD))


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("source", [False, True], ids=["text", "arguments"])
@pytest.mark.parametrize("name", INNER)
@pytest.mark.parametrize("dialect", STREAMED)
def test_a_streamed_answer_that_is_json_stays_json(dialect: Dialect, name: str, source: bool, size: int) -> None:
    made, token = sealed(dialect)
    said = INNER[name](token)
    restorer = made.restorer.stream(dialect)
    events = streamed(dialect, cut(said, list(range(size, len(said), size))), source=source)
    shown = b"".join(restorer.feed(event) for event in events) + restorer.finish()
    assert meant(heard(dialect, shown, source=source)) == meant(INNER[name](HARD))


NO_JSON = ["{} says hello", "[1] see {}", '"{}" he said', '{{name}}: "{}"', '[1] "{}"', '{{"a": 1}} and "{}"', "[[{}]]"]


@pytest.mark.parametrize("form", NO_JSON)
def test_in_text_that_is_no_json_nothing_is_escaped(form: str) -> None:
    made, token = sealed(CHAT)
    body = made.restorer.whole(whole(CHAT, form.format(token), source=False))[0]
    assert told(CHAT, body, source=False) == form.format(HARD)


def test_a_tool_input_that_holds_json_in_a_string_stays_json() -> None:
    made, token = sealed(MESSAGES)
    said = json.dumps({"payload": json.dumps({"to": token})})
    body = made.restorer.whole(whole(MESSAGES, said, source=True))[0]
    assert json.loads(json.loads(told(MESSAGES, body, source=True))["payload"]) == {"to": HARD}


def result(text: str, written: str) -> tuple[SealedBody, str]:
    """A request with this text, in which this stretch was found, and the text as it left."""
    made = call({"model": "m", "messages": [{"role": "tool", "content": text}]}, conversation="c1")
    place = next(index for index, leaf in enumerate(made.leaves) if leaf.text == text)
    start = text.index(written)
    finding = Finding(place, start, start + len(written), "PERSON", Category.PII_DIRECT, 900, "t")
    done = redact(made, classification(finding))
    return done, json.loads(done.body)["messages"][0]["content"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (json.dumps({"name": HARD, "n": 1}), json.dumps(HARD)[1:-1]),
        (json.dumps({"p": json.dumps({"name": HARD})}), json.dumps(json.dumps(HARD)[1:-1])[1:-1]),
        ('{"name": "O"Brien\\ "}', 'O"Brien\\ '),
        ('{"p": "{\\"n\\": \\"O\\u0022B\\"}"}', "O\\u0022B"),
        (f"{HARD} wrote {{", HARD),
    ],
)
def test_what_a_tool_said_in_json_comes_back_as_it_was_written(text: str, written: str) -> None:
    made, left = result(text, written)
    assert written not in left
    assert told(CHAT, made.restorer.whole(whole(CHAT, left, source=False))[0], source=False) == text


def test_a_value_that_a_tool_said_in_json_is_the_same_value_in_plain_text() -> None:
    made, left = result(json.dumps({"name": HARD}), json.dumps(HARD)[1:-1])
    token = json.loads(left)["name"]
    assert told(CHAT, made.restorer.whole(whole(CHAT, f"Dear {token},", source=False))[0], source=False) == (
        f"Dear {HARD},"
    )
    plain, _ = sealed(RESPONSES)
    assert token[:14] == plain.issued[0].token[:14]


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    deeper=st.integers(0, 2),
)
@example(value={"": "@"}, cuts=[1, 2, 3, 4, 5], deeper=2)
def test_the_level_is_how_many_strings_a_parser_would_open(value: object, cuts: list[int], deeper: int) -> None:
    marked = "MARK-0f3a"
    text = json.dumps([value, {"k": marked}, value])
    for _ in range(deeper):
        text = json.dumps({"s": text})
    before = text[: text.index(marked)]
    nesting = Nesting()
    for piece in cut(before, [min(place, len(before)) for place in cuts]):
        nesting.feed(piece)
    assert nesting.level == 1 + deeper


@given(value=st.text(alphabet=st.characters(exclude_categories=["Cs"])), level=st.integers(0, 3))
def test_what_is_written_at_a_level_reads_as_the_value(value: str, level: int) -> None:
    written = value
    for _ in range(level):
        written = json.dumps(written)[1:-1]
    spelling = spelling_at(written, level)
    assert spelling.text == value
    assert written_at(spelling, level) == written or level > 1
