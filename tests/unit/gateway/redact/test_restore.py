"""Restoration in every cell: dialect by text or tool arguments by whole or streamed; and its manners on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from gateway.errors import RestoreFailed
from gateway.redact.placeholders import LONGEST_TOKEN, TOKEN
from gateway.redact.redactor import SealedBody
from gateway.types import Category, Finding, Restoration
from routers.types import Dialect, LeafKind
from tests.unit.gateway.redact.made import EMAIL, call, chat, classification, redact

CHAT, MESSAGES = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES
HARD = 'O"Brien\\ Ü\nnal \U0001f9ea'
"""A name that must be escaped inside JSON."""


def sealed(dialect: Dialect) -> tuple[SealedBody, str, str]:
    """A request that names the two values, and their tokens."""
    made = call(chat(EMAIL, HARD), dialect)
    spans = [
        Finding(i, 0, len(leaf.text), kind, Category.PII_DIRECT, 900, "t")
        for value, kind in ((EMAIL, "EMAIL_ADDRESS"), (HARD, "PERSON"))
        for i, leaf in enumerate(made.leaves)
        if leaf.text == value
    ]
    result = redact(made, classification(*spans))
    email, name = TOKEN.findall(result.body.decode())
    return result, email, name


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def chat_event(delta: dict[str, object], index: int = 0, finish: str | None = None) -> bytes:
    choices = [{"index": index, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'id': 'c', 'model': 'm', 'choices': choices})}\n\n".encode()


def chat_text(text: str, index: int = 0) -> bytes:
    return chat_event({"content": text}, index)


def chat_arguments(text: str, number: int = 0, **start: object) -> bytes:
    return chat_event({"tool_calls": [{"index": number, **start, "function": {"arguments": text}}]})


CHAT_END = chat_event({}, finish="stop") + b"data: [DONE]\n\n"


def block_event(kind: str, index: int, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, 'index': index, **fields})}\n\n".encode()


def block_text(text: str, index: int = 0) -> bytes:
    return block_event("content_block_delta", index, delta={"type": "text_delta", "text": text})


def block_json(text: str, index: int = 0) -> bytes:
    return block_event("content_block_delta", index, delta={"type": "input_json_delta", "partial_json": text})


MESSAGES_END = block_event("content_block_stop", 0) + b'event: message_stop\ndata: {"type": "message_stop"}\n\n'
PIECES: dict[tuple[Dialect, LeafKind | str], Callable[[str], bytes]] = {
    (CHAT, "text"): chat_text,
    (CHAT, "arguments"): chat_arguments,
    (MESSAGES, "text"): block_text,
    (MESSAGES, "arguments"): block_json,
}
ENDS = {CHAT: CHAT_END, MESSAGES: MESSAGES_END}


def datas(stream: bytes) -> list[dict[str, object]]:
    found = [line.removeprefix(b"data: ") for line in re.split(rb"[\r\n]+", stream) if line.startswith(b"data: ")]
    return [json.loads(data) for data in found if data != b"[DONE]"]


def shown(dialect: Dialect, stream: bytes, place: str, index: int = 0) -> str:
    """What a client accumulates."""
    pieces: list[str] = []
    for data in datas(stream):
        if dialect is CHAT:
            choice = data["choices"][0]  # type: ignore[index]  # parsed JSON
            calls = choice["delta"].get("tool_calls", [{"index": 0, "function": {}}])
            content = choice["delta"].get("content", "") if choice["index"] == index else ""
            arguments = calls[0]["function"].get("arguments", "") if calls[0]["index"] == index else ""
            pieces.append(content if place == "text" else arguments)
        elif data.get("index") == index:
            delta = data.get("delta", {})
            pieces.append(delta.get("text" if place == "text" else "partial_json", ""))  # type: ignore[attr-defined]
    return "".join(pieces)


CELLS = [(dialect, place) for dialect in (CHAT, MESSAGES) for place in ("text", "arguments")]


@pytest.mark.parametrize(("dialect", "place"), CELLS)
@pytest.mark.parametrize("size", [1, 3, 4, 17, 1000])
def test_a_streamed_answer_is_restored(dialect: Dialect, place: str, size: int) -> None:
    request, email, name = sealed(dialect)
    written = f"Dear {name}, <{email}> [[x" if place == "text" else json.dumps({"to": email, "who": f"{name}!"})
    expected = f"Dear {HARD}, <{EMAIL}> [[x" if place == "text" else {"to": EMAIL, "who": f"{HARD}!"}
    restorer = request.restorer.stream(dialect)
    stream = b"".join(PIECES[dialect, place](piece) for piece in cut(written, size)) + ENDS[dialect]
    out = restorer.feed(stream) + restorer.finish()
    text = shown(dialect, out, place)
    assert (text if place == "text" else json.loads(text)) == expected
    assert restorer.restored == 2


@pytest.mark.parametrize(("dialect", "place"), CELLS)
def test_a_whole_answer_is_restored(dialect: Dialect, place: str) -> None:
    request, email, name = sealed(dialect)
    member: object = {"to": email, "who": [f"{name}!"]}
    if dialect is CHAT:
        function = {"name": "f", "arguments": json.dumps(member)}
        message = {"content": f"Dear {name}, <{email}>", "tool_calls": [{"id": "c", "function": function}]}
        body = json.dumps({"choices": [{"index": 0, "message": message}]}).encode()
        restored, count = request.restorer.whole(body)
        answer = json.loads(restored)["choices"][0]["message"]
        text, arguments = answer["content"], json.loads(answer["tool_calls"][0]["function"]["arguments"])
    else:
        content = [
            {"type": "text", "text": f"Dear {name}, <{email}>"},
            {"type": "tool_use", "id": "t", "input": member},
        ]
        restored, count = request.restorer.whole(json.dumps({"content": content}).encode())
        answer = json.loads(restored)["content"]
        text, arguments = answer[0]["text"], answer[1]["input"]
    assert count.restored == 4
    if place == "text":
        assert text == f"Dear {HARD}, <{EMAIL}>"
    else:
        assert arguments == {"to": EMAIL, "who": [f"{HARD}!"]}


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_a_split_at_any_byte_gives_the_same_bytes(dialect: Dialect) -> None:
    request, email, name = sealed(dialect)
    escaped = b"".join(b"\\u%04x" % ord(c) for c in email[:4]) + email[4:].encode()
    pieces = [PIECES[dialect, "text"](piece) for piece in cut(f"é {name} {email} é", 7)]
    spelled = PIECES[dialect, "text"](email).replace(email.encode(), escaped).replace(b"\n", b"\r\n")
    multi_line = PIECES[dialect, "text"](f"é{email}").replace(b"data: {", b"data: {\ndata: ")
    stream = b": hi\n\n" + b"".join(pieces) + spelled + multi_line + ENDS[dialect]
    stream = stream.replace(b"\\u00e9", "é".encode())

    def fed(*parts: bytes) -> bytes:
        restorer = request.restorer.stream(dialect)
        return b"".join(restorer.feed(part) for part in parts) + restorer.finish()

    whole = fed(stream)
    assert EMAIL in shown(dialect, fed(spelled), "text")
    assert whole.count(EMAIL.encode()) == 3
    assert email.encode() not in whole
    for at in range(1, len(stream)):
        assert fed(stream[:at], stream[at:]) == whole
    assert fed(*[stream[at : at + 1] for at in range(len(stream))]) == whole


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_events_that_need_no_change_are_relayed_at_once_as_their_bytes(dialect: Dialect) -> None:
    request, _, _ = sealed(dialect)
    restorer = request.restorer.stream(dialect)
    for text in ("Hello", " a[0] ", "[[0]]", "[EMAIL]", ']] é \\ " ', ""):
        event = PIECES[dialect, "text"](text)
        assert restorer.feed(event) == event
    assert restorer.feed(b": keep-alive\n\n") == b": keep-alive\n\n"
    assert restorer.feed(ENDS[dialect]) == ENDS[dialect]
    assert (restorer.finish(), restorer.restored) == (b"", 0)


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_only_what_may_become_a_token_is_held_back(dialect: Dialect) -> None:
    request, email, _ = sealed(dialect)
    for length in range(1, len(email)):
        restorer = request.restorer.stream(dialect)
        first = restorer.feed(PIECES[dialect, "text"](f"x{email[:length]}"))
        assert shown(dialect, first, "text") == "x"
        assert length <= LONGEST_TOKEN
        second = restorer.feed(PIECES[dialect, "text"]("!"))
        assert shown(dialect, second, "text") == f"{email[:length]}!"


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_a_cut_stream_shows_what_was_held(dialect: Dialect) -> None:
    request, email, _ = sealed(dialect)
    restorer = request.restorer.stream(dialect)
    out = restorer.feed(PIECES[dialect, "text"](f"to {email[:-1]}")) + restorer.feed(b"data: {half")
    assert shown(dialect, out, "text") == "to "
    rest = restorer.finish()
    assert rest.endswith(b"data: {half")
    assert shown(dialect, rest.removesuffix(b"data: {half"), "text") == email[:-1]


def test_a_last_event_without_its_blank_line_is_restored() -> None:
    request, email, _ = sealed(CHAT)
    restorer = request.restorer.stream(CHAT)
    out = restorer.feed(chat_text(email).rstrip(b"\n")) + restorer.finish()
    assert shown(CHAT, out, "text") == EMAIL


def test_an_error_event_follows_what_was_held() -> None:
    request, email, _ = sealed(MESSAGES)
    restorer = request.restorer.stream(MESSAGES)
    error = b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"m"}}\n\n'
    out = restorer.feed(block_text(email[:9])) + restorer.feed(error)
    assert out.endswith(error)
    assert shown(MESSAGES, out, "text") == email[:9]


def test_choices_and_tool_calls_wait_for_themselves() -> None:
    request, email, name = sealed(CHAT)
    restorer = request.restorer.stream(CHAT)
    parts = [chat_text(email[:6], 0), chat_text(name[:5], 1), chat_text(email[6:], 0), chat_text(name[5:], 1)]
    out = b"".join(restorer.feed(part) for part in parts) + restorer.feed(CHAT_END)
    assert (shown(CHAT, out, "text", 0), shown(CHAT, out, "text", 1)) == (EMAIL, HARD)


def test_a_finished_choice_does_not_end_another() -> None:
    request, email, _ = sealed(CHAT)
    restorer = request.restorer.stream(CHAT)
    parts = [chat_text(email[:6], 1), chat_event({}, 0, "stop"), chat_text(email[6:], 1), chat_event({}, 1, "stop")]
    out = b"".join(restorer.feed(part) for part in parts)
    assert shown(CHAT, out, "text", 1) == EMAIL


def test_what_a_tool_call_holds_is_shown_before_the_next_call_begins() -> None:
    request, email, _ = sealed(CHAT)
    restorer = request.restorer.stream(CHAT)
    restorer.feed(chat_arguments("[[", 0, id="a"))
    out = restorer.feed(chat_arguments(f'"{email}"', 1, id="b"))
    first, second = datas(out)
    assert shown(CHAT, out, "arguments", 0) == "[["
    assert shown(CHAT, out, "arguments", 1) == f'"{EMAIL}"'
    assert first["choices"][0]["delta"]["tool_calls"][0]["index"] == 0  # type: ignore[index]  # parsed JSON
    assert second["choices"][0]["delta"]["tool_calls"][0]["id"] == "b"  # type: ignore[index]  # parsed JSON


def test_text_in_the_event_that_ends_its_channel_is_shown_in_it() -> None:
    request, email, _ = sealed(CHAT)
    restorer = request.restorer.stream(CHAT)
    out = restorer.feed(chat_text("x" + email[:5])) + restorer.feed(
        chat_event({"content": email[5:] + "[["}, 0, "stop")
    )
    assert shown(CHAT, out, "text") == f"x{EMAIL}[["
    assert len(datas(out)) == 2


def test_a_token_that_nobody_issued_stays_as_it_is() -> None:
    request, email, _ = sealed(CHAT)
    invented = ["[[EMAIL_00000]]", email.replace("EMAIL", "PERSON"), email[:-1], email[2:-2], f"{email[:-2]}_00]]"]
    restorer = request.restorer.stream(CHAT)
    text = " ".join(invented)
    assert shown(CHAT, restorer.feed(chat_text(text) + CHAT_END), "text") == text
    body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    assert request.restorer.whole(body) == (body, Restoration(unknown=3))


def test_thinking_and_its_signature_are_not_restored() -> None:
    request, email, _ = sealed(MESSAGES)
    thinking = {"type": "thinking", "thinking": email, "signature": f"Eq{email}"}
    body = json.dumps({"content": [thinking, {"type": "text", "text": "x"}]}).encode()
    assert request.restorer.whole(body) == (body, Restoration())
    event = block_event("content_block_delta", 0, delta={"type": "thinking_delta", "thinking": email})
    assert request.restorer.stream(MESSAGES).feed(event) == event


def test_a_tool_input_called_thinking_is_restored() -> None:
    request, email, _ = sealed(MESSAGES)
    body = json.dumps({"content": [{"type": "tool_use", "input": {"thinking": email, email: 1}}]}).encode()
    assert json.loads(request.restorer.whole(body)[0])["content"][0]["input"] == {"thinking": EMAIL, EMAIL: 1}


@pytest.mark.parametrize("body", [b"", b"<html>[[EMAIL_7F3A2]]", b'["[[EMAIL_7F3A2]]"]', b'{"a":"\xff[["}'])
def test_a_body_that_is_no_json_object_is_returned_as_it_is(body: bytes) -> None:
    assert sealed(CHAT)[0].restorer.whole(body) == (body, Restoration())


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
def test_a_number_comes_back_as_a_number_where_it_is_a_members_value(size: int) -> None:
    made = call(chat("x", account=4155550123))
    number = next(i for i, leaf in enumerate(made.leaves) if leaf.kind is LeafKind.NUMBER)
    request = redact(made, classification(Finding(number, 0, 10, "PHONE_NUMBER", Category.PII_DIRECT, 900, "t")))
    token = TOKEN.findall(request.body.decode())[0]
    source = json.dumps({"a": token, "b": [token], "c": f'{token} "{token}"', token: ""})
    restorer = request.restorer.stream(CHAT)
    stream = b"".join(chat_arguments(piece) for piece in cut(source, size)) + CHAT_END
    out = restorer.feed(stream) + restorer.finish()
    expected = {"a": 4155550123, "b": ["4155550123"], "c": '4155550123 "4155550123"', "4155550123": ""}
    assert json.loads(shown(CHAT, out, "arguments")) == expected
    whole = {"choices": [{"message": {"tool_calls": [{"function": {"arguments": source}}]}}]}
    restored = json.loads(request.restorer.whole(json.dumps(whole).encode())[0])
    assert json.loads(restored["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]) == expected


def test_an_event_too_large_to_hold_is_a_typed_error_without_content() -> None:
    restorer = sealed(CHAT)[0].restorer.stream(CHAT)
    piece = b"data: " + b"x" * (1 << 24)
    with pytest.raises(RestoreFailed, match="too large"):
        restorer.feed(piece)


def test_an_event_that_names_a_field_twice_is_a_typed_error() -> None:
    request, email, _ = sealed(CHAT)
    event = chat_text(email).replace(b'"content"', b'"content": "", "content"')
    with pytest.raises(RestoreFailed, match="twice"):
        request.restorer.stream(CHAT).feed(event)
