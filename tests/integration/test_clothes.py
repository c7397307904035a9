"""Values in all sorts of clothes at all sorts of places, over real HTTP to destinations that record what arrives."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections.abc import Callable
from urllib.parse import quote, unquote

import orjson

from tests.integration.composition import ANTHROPIC, MINIMAX, OPENAI, Gateway, Json

CARD, EMAIL = "4111111111111111", "dana.whitfield@example.com"
CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
HARMLESS = "data:text/plain;base64,aGVsbG8gdGhlcmU="
CLOSED = (OPENAI, ANTHROPIC, MINIMAX)
HELLO = {"role": "user", "content": "hi"}


def each(form: str, by: str = "", text: str = CARD) -> str:
    return by.join(form.format(ord(character)) for character in text)


CLOTHES = {
    "hexadecimal": EMAIL.encode().hex(),
    "hexadecimal, a list": each("0x{:02x}", ", "),
    "decimal": each("{}", ", "),
    "code points": each("U+{:04X}", " "),
    "base32": base64.b32encode(EMAIL.encode()).decode(),
    "base64 of UTF-16": base64.b64encode(EMAIL.encode("utf-16-le")).decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(f"card {CARD}".encode(), mtime=0)).decode(),
    "quoted-printable": each("={:02X}", text=EMAIL),
    "encoded word": "=?utf-8?Q?dana.whitfield=40example.com?=",
    "UTF-7": "dana.whitfield+AEA-example.com",
    "escape()": "dana.whitfield%u0040example.com",
    "references with zeros": each("&#0000000{};"),
    "JSON in JSON in JSON": json.dumps(json.dumps(each(r"\u{:04x}"))),
    "colours of a terminal": "4111\x1b[31m1111\x1b[0m11111111",
    "filled circles": "".join(chr(0x2775 + int(digit)) for digit in CARD),
    "Arabic digits": "".join(chr(0x660 + int(digit)) for digit in CARD),
    "mathematical": "".join(chr(0x1D7CE + int(digit)) for digit in CARD),
    "soft hyphens": "\u00ad".join(CARD),
    "variation selectors": "\U000e0101".join(CARD),
    "Braille blanks": "\u2800".join(CARD),
    "words": "card four " + "one " * 15,
    "words, German": "Karte vier " + "eins " * 15,
    "Chinese": "卡号四" + "一" * 15,
    "commas": "card 4111, 1111, 1111, 1111",
    "lines": "card\n4111\n1111\n1111\n1111",
    "cells": "card <td>4111</td><td>1111</td><td>1111</td><td>1111</td>",
    "a list": "card [4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
    "a letter behind": f"card {CARD}x",
    "bold": "**4111** 1111 1111 1111",
    "literal": f"{CARD}L",
    "quoted": '"dana.whitfield"@example.com',
    "international": "用户@例子.example",
    "private network": "dana.whitfield@mail.corp.internal",
    "backwards": EMAIL[::-1],
}
"""One value each; every one of them once left as it is written here, or would have, but for those of other digits."""


def chat(*messages: Json, **more: object) -> tuple[str, Json]:
    return CHAT, {"model": "gpt-5.5", "messages": [*messages, HELLO], **more}


def told(*content: object, **more: object) -> tuple[str, Json]:
    turns = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(content)]
    return MESSAGES, {"model": "claude-fable-5", "max_tokens": 9, "messages": turns, **more}


def responses(*items: Json, **more: object) -> tuple[str, Json]:
    return RESPONSES, {"model": "gpt-5.5", "input": [*items, HELLO], **more}


def tool(**function: object) -> list[Json]:
    return [{"type": "function", "function": {"name": "send", "parameters": {}, **function}}]


def called(arguments: str) -> tuple[str, Json]:
    call = {"id": "c", "type": "function", "function": {"name": "pay", "arguments": arguments}}
    return chat(
        HELLO, {"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "c", "content": "ok"}
    )


def used(value: str) -> tuple[str, Json]:
    use = {"type": "tool_use", "id": "t", "name": "pay", "input": {"a": [{"b": value}], value: 1}}
    return told("hi", [use], [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}])


Place = Callable[[str], tuple[str, Json]]
PLACES: dict[str, Place] = {
    "chat": lambda value: chat({"role": "user", "content": value}),
    "developer": lambda value: chat({"role": "system", "content": value}),
    "part": lambda value: chat({"role": "user", "content": [{"type": "text", "text": value}]}),
    "prefill": lambda value: chat(HELLO, {"role": "assistant", "content": value}),
    "refusal": lambda value: chat(HELLO, {"role": "assistant", "content": None, "refusal": value}),
    "arguments": lambda value: called(json.dumps({"a": value})),
    "arguments in arguments": lambda value: called(json.dumps({"a": json.dumps({"b": value})})),
    "description": lambda value: chat(tools=tool(description=value)),
    "enum": lambda value: chat(tools=tool(parameters={"properties": {"to": {"enum": [value]}}})),
    "property": lambda value: chat(tools=tool(parameters={"properties": {value: {"type": "string"}}})),
    "metadata": lambda value: chat(metadata={"note": value}),
    "key of metadata": lambda value: chat(metadata={value: "note"}),
    "user": lambda value: chat(user=value),
    "cache key": lambda value: chat(prompt_cache_key=value),
    "safety identifier": lambda value: chat(safety_identifier=value),
    "stop": lambda value: chat(stop=[value]),
    "bias": lambda value: chat(logit_bias={value: 1}),
    "schema": lambda value: chat(
        response_format={"type": "json_schema", "json_schema": {"name": "a", "description": value}}
    ),
    "prediction": lambda value: chat(prediction={"type": "content", "content": value}),
    "unknown": lambda value: chat(later={"a": [[{"b": value}]]}),
    "file name": lambda value: chat(
        {"role": "user", "content": [{"type": "file", "file": {"filename": value, "file_data": HARMLESS}}]}
    ),
    "address of a picture": lambda value: chat(
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"https://x.example/?q={quote(value)}"}}]}
    ),
    "message": told,
    "system": lambda value: told("hi", system=[{"type": "text", "text": value}]),
    "tool use": used,
    "document": lambda value: told(
        [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": value}, "title": value}]
    ),
    "thinking": lambda value: told("hi", [{"type": "thinking", "thinking": value, "signature": "c2ln"}], "hi"),
    "stop sequence": lambda value: told("hi", stop_sequences=[value]),
    "user id": lambda value: told("hi", metadata={"user_id": value}),
    "counted": lambda value: (
        f"{MESSAGES}/count_tokens",
        {"model": "claude-fable-5", "messages": told(value)[1]["messages"]},
    ),
    "input": lambda value: responses({"role": "user", "content": [{"type": "input_text", "text": value}]}),
    "instructions": lambda value: responses(instructions=value),
    "output of a function": lambda value: responses(
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": value},
    ),
    "embedding": lambda value: ("/v1/embeddings", {"model": "text-embedding-3-large", "input": ["hi", value]}),
}  # fmt: skip
PAIRS = [
    (clothing, place)
    for turn in (0, 11, 23)
    for clothing, place in zip(CLOTHES, itertools.islice(itertools.cycle(PLACES), turn, None), strict=False)
]
"""Every clothing at three places, every place with three clothings."""


def texts(node: object) -> list[str]:
    """Every string of a JSON document, names of members included."""
    if isinstance(node, dict):
        return [text for key, value in node.items() for text in (key, *texts(value))]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []


def arrived(gateway: Gateway) -> str:
    """All that reached a closed destination, with JSON in JSON and percent-encoding undone."""
    found = [text for name in CLOSED for body in gateway.heard(name) for text in texts(orjson.loads(body))]
    for text in list(found):
        if text.startswith("{"):
            found += texts(json.loads(text))
            found += [
                inner for held in texts(json.loads(text)) if held.startswith("{") for inner in texts(json.loads(held))
            ]
    return "\n".join((*found, *map(unquote, found)))


def core(clothing: str) -> str:
    """What of a clothing must not arrive: the value without the word before it."""
    text = CLOTHES[clothing]
    return text.split(" ", 1)[1].strip() if text.startswith(("card ", "Karte ")) else text.removeprefix("卡号")


async def test_no_clothing_leaves_at_any_place(gateway: Gateway) -> None:
    left: list[tuple[str, str]] = []
    for clothing, place in PAIRS:
        path, body = PLACES[place](CLOTHES[clothing])
        answer = await gateway.ask(path, body)
        assert answer.status_code in (200, 403, 502), (clothing, place, answer.text)
        if core(clothing) in arrived(gateway):
            left.append((clothing, place))
        for upstream in gateway.upstreams.values():
            upstream.heard.clear()
    assert left == []


async def test_what_is_looked_for_would_be_seen(gateway: Gateway) -> None:
    unseen = []
    for place, make in PLACES.items():
        path, body = make("harbour")
        await gateway.ask(path, body)
        unseen += [] if "harbour" in arrived(gateway) else [place]
        for upstream in gateway.upstreams.values():
            upstream.heard.clear()
    assert unseen == ["file name", "address of a picture"], "policy keeps files and pictures from these destinations"


async def test_an_answer_to_the_question_before_does_not_leave(gateway: Gateway) -> None:
    turns = [
        {"role": "assistant", "content": "What is your social security number?"},
        {"role": "user", "content": "536221234"},
    ]
    await gateway.ask(CHAT, {"model": "gpt-5.5", "messages": [HELLO, *turns]})
    await gateway.ask(MESSAGES, {"model": "claude-fable-5", "max_tokens": 9, "messages": [HELLO, *turns]})
    await gateway.ask(RESPONSES, {"model": "gpt-5.5", "input": [HELLO, *turns]})
    assert "536221234" not in arrived(gateway)


async def test_neither_log_nor_records_hold_a_value(gateway: Gateway) -> None:
    for text in CLOTHES.values():
        await gateway.ask(*chat({"role": "user", "content": text}))
    records = json.dumps(await gateway.records(), ensure_ascii=False)
    assert not [clothing for clothing in CLOTHES if core(clothing) in records or CARD in records or EMAIL in records]
