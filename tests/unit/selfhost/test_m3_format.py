"""Thinking, text and calls are told apart, however the answer is cut, and nothing of one shows in another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfhost.m3_format import CALLS, END_CALLS, END_THINK, PREFIX, THINK, Call, Content, FormatStream, Piece, Reasoning

SCHEMAS = {
    "book": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer"},
            "price": {"type": "number"},
            "flexible": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "guest": {"type": "object", "properties": {"zip": {"type": "string"}, "age": {"type": "integer"}}},
            "note": {"type": ["string", "null"]},
            "colour": {"enum": ["red", "blue"]},
            "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "codes": {"type": "array", "items": {"type": "integer"}},
        },
    }
}


def tag(name: str, inside: str) -> str:
    return f"{PREFIX}<{name}>{inside}{PREFIX}</{name}>"


def invoke(inside: str, name: str = "book") -> str:
    return f'{PREFIX}<invoke name="{name}">\n{inside}\n{PREFIX}</invoke>\n'


def calls(*invocations: str) -> str:
    return f"{CALLS}\n{''.join(invocations)}{END_CALLS}"


def read(text: str, cuts: tuple[int, ...] = (), *, thinking: bool = False) -> tuple[list[Piece], bool]:
    stream = FormatStream(SCHEMAS, thinking=thinking)
    pieces: list[Piece] = []
    for begin, end in zip((0, *cuts), (*cuts, len(text)), strict=True):
        pieces += stream.feed(text[begin:end])
    return joined([*pieces, *stream.finish()]), stream.incomplete


def joined(pieces: list[Piece]) -> list[Piece]:
    whole: list[Piece] = []
    for piece in pieces:
        last = whole[-1] if whole else None
        if isinstance(piece, Content) and isinstance(last, Content):
            whole[-1] = Content(last.text + piece.text)
        elif isinstance(piece, Reasoning) and isinstance(last, Reasoning):
            whole[-1] = Reasoning(last.text + piece.text)
        else:
            whole.append(piece)
    return whole


ANSWERS = [
    ("plain", "Hello.", False, [Content("Hello.")]),
    ("nothing", "", False, []),
    ("thinking that the model opened", f"{THINK}so{END_THINK}\n\nHello.", False, [Reasoning("so"), Content("Hello.")]),
    ("thinking that the prompt opened", f"so{END_THINK}Hello.", True, [Reasoning("so"), Content("Hello.")]),
    ("thinking without an end", "so and so", True, [Reasoning("so and so")]),
    ("a closer out of nowhere at the start", f"\n{END_THINK}\nHello.", False, [Content("Hello.")]),
    ("a closer in the answer", f"The tag {END_THINK} ends it.", False, [Content(f"The tag {END_THINK} ends it.")]),
    (
        "an opener in thinking",
        f"what is {THINK}?{END_THINK}Hm.",
        True,
        [Reasoning(f"what is {THINK}?"), Content("Hm.")],
    ),
    ("a marker that never ends", "Hello <mm:thi", False, [Content("Hello <mm:thi")]),
    ("tags without the prefix are text", "<tool_call><invoke>", False, [Content("<tool_call><invoke>")]),
    ("leading spaces of an answer", "  x", False, [Content("  x")]),
]


@pytest.mark.parametrize(("name", "text", "thinking", "pieces"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_thinking_and_text_are_told_apart(name: str, text: str, thinking: bool, pieces: list[Piece]) -> None:
    assert read(text, thinking=thinking) == (pieces, False)
    assert read(text, tuple(range(1, len(text))), thinking=thinking) == (pieces, False)


VALUES = [
    (tag("city", "Paris 5"), {"city": "Paris 5"}),
    (tag("city", "75001"), {"city": "75001"}),
    (tag("city", " two  spaces "), {"city": " two  spaces "}),
    (tag("nights", "3"), {"nights": 3}),
    (tag("nights", "three"), {"nights": "three"}),
    (tag("price", "3"), {"price": 3}),
    (tag("price", "2.5"), {"price": 2.5}),
    (tag("flexible", "true"), {"flexible": True}),
    (tag("tags", tag("item", "1") + "\n" + tag("item", "b")), {"tags": ["1", "b"]}),
    (tag("tags", '["a", "b"]'), {"tags": ["a", "b"]}),
    (tag("codes", "1") + tag("codes", "2"), {"codes": [1, 2]}),
    (tag("guest", tag("zip", "01234") + tag("age", "7")), {"guest": {"zip": "01234", "age": 7}}),
    (tag("note", "null"), {"note": None}),
    (tag("note", "nothing"), {"note": "nothing"}),
    (tag("colour", "red"), {"colour": "red"}),
    (tag("size", "4"), {"size": 4}),
    (tag("size", "null"), {"size": None}),
    (tag("other", "4"), {"other": 4}),
    (tag("other", "text"), {"other": "text"}),
    (tag("other", '"quoted"'), {"other": '"quoted"'}),
    (tag("city", "a < b </city> c"), {"city": "a < b </city> c"}),
    ("", {}),
]


@pytest.mark.parametrize(("inside", "arguments"), VALUES)
def test_values_take_the_type_of_the_schema(inside: str, arguments: object) -> None:
    (call,), incomplete = read(calls(invoke(inside)))
    assert isinstance(call, Call)
    assert (call.name, json.loads(call.arguments), incomplete) == ("book", arguments, False)


def test_calls_stand_between_text() -> None:
    text = f"Let me look.{calls(invoke(tag('city', 'Rome')), invoke('', 'other'))}\nDone."
    pieces, _ = read(text)
    assert [type(piece).__name__ for piece in pieces] == ["Content", "Call", "Call", "Content"]
    assert pieces[-1] == Content("Done.")


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2), (2, 3)])
def test_line_breaks_behind_calls_are_nobodys_text_however_they_come(cuts: tuple[int, ...]) -> None:
    made = calls(invoke(tag("city", "Rome")))
    for rest in ("\n", "\n\n", "\n\nDone.\n"):
        pieces, _ = read(made + rest, tuple(len(made) + cut for cut in cuts))
        shown = "".join(piece.text for piece in pieces if isinstance(piece, Content))
        assert (shown, len([each for each in pieces if isinstance(each, Call)])) == (rest.lstrip("\n"), 1)


BROKEN = [
    f'{CALLS}{PREFIX}<invoke name="book">{PREFIX}<city>Ro',
    calls(invoke(f"{PREFIX}<city>Rome{PREFIX}</town>")),
    calls(invoke(f"{PREFIX}<city>Rome")),
    calls(invoke(f"Rome{PREFIX}</city>")),
    calls(f"{PREFIX}<invoke>{PREFIX}</invoke>"),
    calls(invoke(tag("a", "x" * 10) * 1 + f"{PREFIX}<a>" * 40)),
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_call_that_is_not_whole_is_neither_made_nor_shown(text: str) -> None:
    pieces, incomplete = read(f"Well.{text}")
    assert (pieces, incomplete) == ([Content("Well.")], True)


def test_text_is_shown_as_it_comes() -> None:
    stream = FormatStream()
    assert stream.feed("Hello, ") == [Content("Hello, ")]
    assert stream.feed("world <") == [Content("world ")]
    assert stream.feed("b>") == [Content("<b>")]


PIECES = st.sampled_from([
    THINK, END_THINK, CALLS, END_CALLS, PREFIX, "\n", " ", "a", "<", "]<]", "mm:", tag("city", "Rome"),
    invoke(tag("nights", "2")), invoke(f"{PREFIX}<x>"), "</tool_call>", "é", "{",
])  # fmt: skip


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=12).map("".join), st.booleans(), st.data())
def test_every_split_gives_the_same(text: str, thinking: bool, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(lambda each: tuple(sorted(each))))
    assert read(text, cuts, thinking=thinking) == read(text, thinking=thinking)
    assert read(text, tuple(range(1, len(text))), thinking=thinking) == read(text, thinking=thinking)


@settings(max_examples=200)
@given(st.text(alphabet="ab<>]\n/:", max_size=40), st.text(st.characters(exclude_characters="<]"), max_size=20))
def test_thinking_never_shows_in_the_answer(thought: str, answer: str) -> None:
    pieces, _ = read(f"{thought}{END_THINK}{answer}", thinking=True)
    shown = "".join(piece.text for piece in pieces if isinstance(piece, Content))
    assert shown.strip() == answer.strip()
