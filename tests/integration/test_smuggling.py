"""Values in clothes in which they once reached a closed destination: over real HTTP, to one that records everything."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

import orjson

from tests.integration.batches import begun, ended, jsonl, line, results
from tests.integration.composition import ANTHROPIC, MINIMAX, OPENAI, Gateway, Json

EMAIL, CARD = "dana.whitfield@example.com", "4111111111111111"
TAGS = "".join(chr(0xE0000 + ord(character)) for character in EMAIL)
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
HELLO = "data:text/plain;base64,aGVsbG8gdGhlcmU="
CLOSED = (OPENAI, ANTHROPIC, MINIMAX)
_EXPONENT = re.compile(r"[0-9.]+[eE][+-]?[0-9]+")


def chat(content: object, **more: object) -> Json:
    return {"model": "gpt-5.5", "messages": [{"role": "user", "content": content}], **more}


def tool(parameters: Json) -> list[Json]:
    return [{"type": "function", "function": {"name": "send", "parameters": parameters}}]


def calling(arguments: str) -> Json:
    call = {"id": "c", "type": "function", "function": {"name": "pay", "arguments": arguments}}
    turns = [
        {"role": "user", "content": "Pay."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "done"},
    ]
    return {"model": "gpt-5.5", "messages": turns}


def number(literal: str) -> bytes:
    return orjson.dumps(chat("Pay."))[:-1] + b',"credit_card_number":' + literal.encode() + b"}"


ATTACKS: list[tuple[str, Json | bytes]] = [
    ("address in a path", chat(f"see https://portal.internal:8443/users/{EMAIL}/edit")),
    ("address in a query", chat(f"see https://x.example/?q={quote(EMAIL, safe='')}")),
    ("address in a query, encoded twice", chat(f"see https://x.example/?q={quote(quote(EMAIL, safe=''), safe='')}")),
    ("every letter encoded", chat("see https://x.example/?q=" + "".join(f"%{ord(each):02X}" for each in EMAIL))),
    ("address of a server", chat("hi", tools=[{"type": "mcp", "server_url": f"https://mcp.example/{EMAIL}"}])),
    ("file name", chat([{"type": "file", "file": {"filename": f"{EMAIL}.txt", "file_data": HELLO}}])),
    ("next sentence", chat(f"Write to {EMAIL}.Then wait.")),
    ("Markdown", chat("write to dana.whitfield\\@example.com")),
    ("pattern of a schema", chat("hi", tools=tool({"properties": {"to": {"pattern": f"^{re.escape(EMAIL)}$"}}}))),
    ("words in tags", chat(f"Summarise this. {TAGS} Thanks")),
    ("number with an exponent", number("4.111111111111111e15")),
    ("number with an exponent and a sign", number("4.111111111111111E+15")),
    ("number with an exponent of nothing", number("4111111111111111e0")),
    ("number with a negative exponent", number("41111111111111110e-1")),
    ("argument with an exponent", calling('{"credit_card_number": 4.111111111111111e15}')),
]  # fmt: skip


def readings(body: bytes) -> str:
    """A body as a reader who tries everything would have it."""
    text = unquote(unquote(unquote(body.decode())))
    text = "".join(chr(ord(each) - 0xE0000) if 0xE0020 <= ord(each) < 0xE007F else each for each in text)
    text += "".join(f" {float(each):.0f}" for each in _EXPONENT.findall(text) if each.count(".") < 2)
    text += " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace("\\", "")
    return unicodedata.normalize("NFKC", text)


def leaked(gateway: Gateway) -> list[str]:
    sent = [readings(body) for name in CLOSED for body in gateway.heard(name)]
    return [text for text in sent if EMAIL in text or CARD in text]


async def test_a_value_in_new_clothes_does_not_leave(gateway: Gateway) -> None:
    left: list[str] = []
    for name, body in ATTACKS:
        plain = readings(body if isinstance(body, bytes) else orjson.dumps(body))
        assert EMAIL in plain or CARD in plain, f"{name}: the attack does not hold the value"
        answer = await gateway.ask(CHAT, body)
        assert answer.status_code in (200, 403, 502), (name, answer.text)
        left += [name] * len(leaked(gateway))
        for upstream in gateway.upstreams.values():
            upstream.heard.clear()
    assert left == []


async def test_a_header_that_is_passed_on_holds_names_of_versions_only(gateway: Gateway) -> None:
    body: Json = {"model": "claude-fable-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    for value in (EMAIL, f"context-1m-2025-08-07,{EMAIL}", CARD, "4111-1111-1111-1111", "Dana Whitfield", "x" * 65):
        for header in ("anthropic-beta", "anthropic-version"):
            answer = await gateway.ask(MESSAGES, body, headers={header: value})
            assert (answer.status_code, gateway.heard(ANTHROPIC)) == (400, []), value
            assert value not in answer.text
    betas = "prompt-caching-2024-07-31, context-1m-2025-08-07,max-tokens-3-5-sonnet-2024-07-15"
    await gateway.ask(MESSAGES, body, headers={"anthropic-beta": betas, "anthropic-version": "2023-06-01"})
    (heard,) = gateway.upstreams[ANTHROPIC].heard
    assert (heard.header("anthropic-beta"), heard.header("anthropic-version")) == (betas, "2023-06-01")


async def test_a_line_of_a_batch_is_read_like_any_request(gateway: Gateway) -> None:
    bodies = [body for _, body in ATTACKS if isinstance(body, dict)]
    lines = [{**line(f"c{number}"), "body": body} for number, body in enumerate(bodies)]
    client = gateway.openai()
    done = await ended(client, (await begun(client, jsonl(lines))).id, within_s=60)
    assert len(await results(client, done.output_file_id)) > len(lines) // 2
    assert leaked(gateway) == []
