"""What a simulated provider understands of a request, whichever dialect it came in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

JsonObject = Mapping[str, object]

_ADDRESS = re.compile(r"\[\[[^\[\]\s]{3,80}\]\]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class BadRequest(Exception):
    """The request is not what the real API would take. The message names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool on offer: its name and the JSON schema of its arguments."""

    name: str
    schema: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as a provider reads it.

    `asked` is the text of the last user turn, `mentioned` every placeholder and e-mail address anywhere in the body in
    order of appearance, `tool_result` the result that the last turn brings back, if it does.
    """

    model: str
    stream: bool
    asked: str = field(repr=False)
    mentioned: tuple[str, ...] = field(repr=False)
    tool_result: str | None = field(repr=False)
    tools: tuple[Tool, ...]
    images: int
    thinking: bool
    include_usage: bool
    reasoning_split: bool
    input_tokens: int
    signatures: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def read_anthropic(body: JsonObject) -> Heard:
    """Returns what an Anthropic Messages request says. Raises `BadRequest` as the real API would refuse it."""
    model, messages = _required(body)
    if not isinstance(body.get("max_tokens"), int):
        raise BadRequest("max_tokens: Field required")
    turns = [(str(m.get("role")), _blocks(m.get("content"))) for m in messages]
    last = turns[-1][1]
    results = [_joined(_blocks(b.get("content"))) for b in last if b.get("type") == "tool_result"]
    return Heard(
        model=model,
        stream=body.get("stream") is True,
        asked=next((_joined(blocks) for role, blocks in reversed(turns) if role == "user" and _joined(blocks)), ""),
        mentioned=_mentioned(body),
        tool_result=" ".join(results) if results else None,
        tools=_tools(body, [(t, t.get("input_schema")) for t in objects(body.get("tools"))]),
        images=sum(b.get("type") == "image" for _, blocks in turns for b in blocks),
        thinking=_object(body.get("thinking")).get("type") in ("enabled", "adaptive"),
        include_usage=True,
        reasoning_split=False,
        input_tokens=_tokens(body),
        signatures=tuple(
            (str(b.get("thinking")), str(b.get("signature")))
            for _, blocks in turns
            for b in blocks
            if b.get("type") == "thinking"
        ),
    )


def read_openai(body: JsonObject) -> Heard:
    """Returns what an OpenAI chat request says. Raises `BadRequest` as the real API would refuse it."""
    model, messages = _required(body)
    turns = [(str(m.get("role")), _blocks(m.get("content"))) for m in messages]
    offered = [_object(t.get("function")) for t in objects(body.get("tools"))]
    return Heard(
        model=model,
        stream=body.get("stream") is True,
        asked=next((_joined(blocks) for role, blocks in reversed(turns) if role == "user" and _joined(blocks)), ""),
        mentioned=_mentioned(body),
        tool_result=_joined(turns[-1][1]) if turns[-1][0] == "tool" else None,
        tools=_tools(body, [(f, f.get("parameters")) for f in offered]),
        images=sum(b.get("type") == "image_url" for _, blocks in turns for b in blocks),
        thinking=_object(body.get("thinking")).get("type") != "disabled",
        include_usage=_object(body.get("stream_options")).get("include_usage") is True,
        reasoning_split=body.get("reasoning_split") is True,
        input_tokens=_tokens(body),
    )


def objects(value: object) -> list[JsonObject]:
    """Returns the objects of a JSON array; anything else is left out."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def strings(value: object) -> Iterator[str]:
    """Yields every string value of a JSON document, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _required(body: JsonObject) -> tuple[str, list[JsonObject]]:
    model, messages = body.get("model"), objects(body.get("messages"))
    if not isinstance(model, str) or not model:
        raise BadRequest("model: Field required")
    if not messages:
        raise BadRequest("messages: at least one message is required")
    return model, messages


def _tools(body: JsonObject, offered: list[tuple[JsonObject, object]]) -> tuple[Tool, ...]:
    choice = body.get("tool_choice")
    if choice == "none" or _object(choice).get("type") == "none":
        return ()
    wanted = _object(choice).get("name") or _object(_object(choice).get("function")).get("name")
    tools = [Tool(str(tool.get("name")), _object(schema)) for tool, schema in offered if tool.get("name")]
    return tuple(t for t in tools if t.name == wanted) or tuple(tools)


def _object(value: object) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _blocks(content: object) -> list[JsonObject]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)


def _joined(blocks: list[JsonObject]) -> str:
    return " ".join(str(b.get("text")) for b in blocks if b.get("type") == "text" and b.get("text"))


def _mentioned(body: JsonObject) -> tuple[str, ...]:
    turns = (text for key in ("system", "messages") for text in strings(body.get(key)))
    return tuple(dict.fromkeys(match for text in turns for match in _ADDRESS.findall(text)))


def _tokens(body: JsonObject) -> int:
    """Four characters count as one token: near enough for a simulation."""
    return max(1, sum(len(text) for text in strings(body.get("messages"))) // 4)
