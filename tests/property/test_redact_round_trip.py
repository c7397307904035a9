"""What is masked comes back exactly, whatever the text, wherever it is cut; and nothing of it leaves."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.redact.placeholders import LONGEST_TOKEN, TOKEN
from gateway.redact.redactor import SealedBody
from gateway.types import Category, Finding
from routers.types import Dialect, LeafKind
from routers.wire.sse import SseSplitter
from tests.unit.gateway.redact.made import call, chat, classification, redact

FRAGMENTS = ["[[", "]]", "[", "]", "[[EMAIL_", "[[PERSON_7F3A2]]", "7F3A2", "[[LITERAL_00000]]", '"', "\\", "\n", "_"]
TEXT = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=12).map("".join)
SPAN = st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(["EMAIL_ADDRESS", "PERSON"]))
SPANS = st.lists(SPAN, min_size=1, max_size=6)
DIALECTS = st.sampled_from([Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES])


def masked(text: str, spans: list[tuple[int, int, str]], *, source: bool = False) -> tuple[str, SealedBody]:
    """The text as it leaves, and the way back."""
    body: dict[str, object] = chat(text, "unique-mark [[AB_")
    if source:
        function = {"name": "f", "arguments": text}
        body = {"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"id": "c", "function": function}]}]}
    made = call(body)
    last = "arguments" if source else "content"
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.path[-1] == last and leaf.kind is LeafKind.STRING)
    found = [
        Finding(index, start, min(start + length, len(text)), kind, Category.PII_DIRECT, 500, "t")
        for start, length, kind in spans
        if start < len(text)
    ]
    sealed = redact(made, classification(*found))
    message = json.loads(sealed.body)["messages"][0]
    return (message["tool_calls"][0]["function"]["arguments"] if source else message["content"]), sealed


def event(dialect: Dialect, piece: str, *, source: bool, ascii_only: bool) -> bytes:
    if dialect is Dialect.OPENAI_CHAT:
        delta: dict[str, object] = {"content": piece}
        if source:
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
        data: dict[str, object] = {"choices": [{"index": 0, "delta": delta}]}
    else:
        delta = {"type": "input_json_delta", "partial_json": piece} if source else {"type": "text_delta", "text": piece}
        data = {"type": "content_block_delta", "index": 0, "delta": delta}
    return b"data: " + json.dumps(data, ensure_ascii=ascii_only).encode() + b"\n\n"


def accumulated(stream: bytes) -> str:
    text = ""
    for found in SseSplitter().feed(stream):
        data = json.loads(found.data or b"{}")
        delta = data["choices"][0]["delta"] if "choices" in data else data["delta"]
        function = delta["tool_calls"][0]["function"] if "tool_calls" in delta else {}
        text += delta.get("content", delta.get("text", delta.get("partial_json", function.get("arguments", ""))))
    return text


def cuts(data: st.DataObject, length: int) -> list[int]:
    return [0, *sorted(data.draw(st.lists(st.integers(0, length), max_size=12))), length]


def streamed(data: st.DataObject, sealed: SealedBody, dialect: Dialect, text: str, *, source: bool) -> str:
    """The text cut into pieces, the bytes cut anywhere, restored and put together as a client does."""
    places = cuts(data, len(text))
    ascii_only = data.draw(st.booleans())
    pieces = [text[low:high] for low, high in pairwise(places)]
    stream = b"".join(event(dialect, piece, source=source, ascii_only=ascii_only) for piece in pieces)
    places = cuts(data, len(stream))
    restorer = sealed.restorer.stream(dialect)
    out = [restorer.feed(stream[low:high]) for low, high in pairwise(places)]
    return accumulated(b"".join(out) + restorer.finish())


@settings(max_examples=250, deadline=None)
@given(text=TEXT, spans=SPANS)
def test_a_whole_text_comes_back_exactly(text: str, spans: list[tuple[int, int, str]]) -> None:
    sent, sealed = masked(text, spans)
    answer = json.dumps({"choices": [{"message": {"content": sent}}]}).encode()
    assert json.loads(sealed.restorer.whole(answer)[0])["choices"][0]["message"]["content"] == text


@settings(max_examples=250, deadline=None)
@given(data=st.data(), text=TEXT, spans=SPANS, dialect=DIALECTS)
def test_a_streamed_text_comes_back_exactly_cut_anywhere(
    data: st.DataObject, text: str, spans: list[tuple[int, int, str]], dialect: Dialect
) -> None:
    sent, sealed = masked(text, spans)
    assert streamed(data, sealed, dialect, sent, source=False) == text


MEMBERS = st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=2) | st.none(), max_size=4)


@settings(max_examples=250, deadline=None)
@given(data=st.data(), members=MEMBERS, spans=SPANS, dialect=DIALECTS, ascii_only=st.booleans())
def test_tool_arguments_leave_as_json_and_come_back_exactly(
    data: st.DataObject,
    members: dict[str, object],
    spans: list[tuple[int, int, str]],
    dialect: Dialect,
    ascii_only: bool,
) -> None:
    source = json.dumps(members, ensure_ascii=ascii_only)
    sent, sealed = masked(source, spans, source=True)
    assert isinstance(json.loads(sent), dict)
    assert streamed(data, sealed, dialect, sent, source=True) == source


VALUES = st.lists(st.from_regex(r"[a-zà-ÿ一-龥]{3,8}[0-9]{4}", fullmatch=True), min_size=1, max_size=5, unique=True)


@settings(max_examples=200, deadline=None)
@given(values=VALUES, around=st.lists(st.sampled_from([" ", ", ", '"', "\n", "(", "é "]), min_size=5, max_size=5))
def test_no_masked_value_is_in_the_bytes_that_leave(values: list[str], around: list[str]) -> None:
    text = "".join(f"{gap}{value}" for gap, value in zip(around, values, strict=False))
    quoting = {"role": "user", "content": json.dumps(values)}
    body = chat(text, text[::-1], metadata={value: value for value in values})
    made = call({**body, "messages": [*body["messages"], quoting]})  # type: ignore[misc]  # a list by construction
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    places = [(text.index(value), text.index(value) + len(value)) for value in values]
    found = [Finding(index, start, end, "PERSON", Category.PII_DIRECT, 500, "t") for start, end in places]
    sent = redact(made, classification(*found)).body
    for value in values:
        assert value.encode() not in sent
        assert json.dumps(value)[1:-1].encode() not in sent


def begins(token: str, held: str) -> bool:
    """Whether the text is the beginning of a way to write the token."""
    plain = held.replace("\\", "").replace(" ", "_").replace("-", "_").upper()
    return token.startswith(plain) or token[1:].startswith(plain)


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXT, max_size=4), lengths=st.lists(st.integers(0, 40), max_size=4), dialect=DIALECTS)
def test_only_the_beginning_of_an_issued_token_is_ever_held(
    texts: list[str], lengths: list[int], dialect: Dialect
) -> None:
    _, sealed = masked("ann and ben", [(0, 3, "PERSON"), (8, 3, "EMAIL_ADDRESS")])
    issued = TOKEN.findall(sealed.body.decode())
    beginnings = [token[: min(length, len(token) - 1)] for token, length in zip(issued, lengths, strict=False)]
    restorer = sealed.restorer.stream(dialect)
    fed = shown = ""
    for character in "".join(f"{text}{beginning}|" for text, beginning in zip(texts, beginnings, strict=False)):
        fed += character
        shown += accumulated(restorer.feed(event(dialect, character, source=False, ascii_only=False)))
        held = fed[len(shown) :]
        assert fed.startswith(shown)
        assert len(held) < LONGEST_TOKEN
        assert held in ("", "\\", "&", "%") or any(begins(token, held) for token in issued)
    assert shown + accumulated(restorer.finish()) == fed
