"""What the local generator makes of a chat request: the echo of the prompt, and the call of an offered tool."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selfhost.ngram import MODEL, TITLE, WordChain

JsonObject = Mapping[str, object]

_NOTABLE = re.compile(r"\[\[[^\[\]\s]{3,80}\]\]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d \-]{5,}\d")
_ECHOED = 8
_QUOTED_CHARACTERS = 160
_DEFAULT_WORDS = 24
_MOST_WORDS = 400


class BadChat(Exception):
    """The request is not a chat request. The message names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat request as the generator reads it.

    `notable` are the placeholders, e-mail addresses and long numbers of the conversation, in order of appearance.
    """

    model: str
    stream: bool
    include_usage: bool
    asked: str = field(repr=False)
    notable: tuple[str, ...] = field(repr=False)
    tool: tuple[str, JsonObject] | None = field(repr=False)
    after_tool: bool
    attachments: int
    seed: int
    word_limit: int
    prompt_words: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: text, and perhaps a tool call (name and arguments)."""

    text: str = field(repr=False)
    call: tuple[str, JsonObject] | None = field(repr=False)


def read(body: JsonObject) -> Chat:
    """Returns the request as understood. Raises `BadChat`."""
    model, messages = body.get("model"), _objects(body.get("messages"))
    if not isinstance(model, str) or not model:
        raise BadChat("model is required")
    if not messages:
        raise BadChat("messages must hold at least one message")
    texts = [(str(m.get("role")), _text(m.get("content"))) for m in messages]
    asked = next((text for role, text in reversed(texts) if role == "user" and text), "")
    everything = "\n".join(text for _, text in texts)
    return Chat(
        model=model,
        stream=body.get("stream") is True,
        include_usage=_object(body.get("stream_options")).get("include_usage") is True,
        asked=asked,
        notable=tuple(dict.fromkeys(_NOTABLE.findall(everything)))[-_ECHOED:],
        tool=_tool(body),
        after_tool=texts[-1][0] == "tool",
        attachments=sum(p.get("type") != "text" for m in messages for p in _objects(m.get("content"))),
        seed=_seed(body.get("seed"), everything),
        word_limit=_word_limit(body),
        prompt_words=len(everything.split()),
    )


def answer(chat: Chat, chain: WordChain) -> Answer:
    """Returns the answer: the same for the same request."""
    opening = f"This is {MODEL}, a {TITLE}."
    if chat.tool is not None and not chat.after_tool:
        name, schema = chat.tool
        return Answer(f"{opening} I will use {name}.", (name, _arguments(schema, chat)))
    return Answer(" ".join((opening, *_echo(chat), *chain.words(chat.seed, chat.word_limit))), None)


def _echo(chat: Chat) -> Iterator[str]:
    if chat.asked:
        yield f"You wrote “{_quoted(chat.asked)}”."
    if chat.notable:
        yield f"I noted {', '.join(chat.notable)}."
    if chat.attachments:
        yield f"{chat.attachments} attachment(s) came with it, which I cannot read."


def _quoted(text: str) -> str:
    """The beginning of the text on one line, never ending inside a word."""
    line = " ".join(text.split())
    if len(line) <= _QUOTED_CHARACTERS:
        return line
    return re.sub(r"\s\S*$", "", line[:_QUOTED_CHARACTERS]) + " …"


def _arguments(schema: JsonObject, chat: Chat) -> JsonObject:
    properties = _object(schema.get("properties"))
    return {name: _value(str(name), _object(item), chat) for name, item in properties.items()}


def _value(name: str, schema: JsonObject, chat: Chat) -> object:
    """A value that the schema accepts, taken from the prompt where it is a string."""
    allowed = schema.get("enum")
    if isinstance(allowed, list) and allowed:
        return allowed[0]
    match schema.get("type"):
        case "object":
            return _arguments(schema, chat)
        case "array":
            return [_value(name, _object(schema.get("items")), chat)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return _fitting(name, chat)


def _fitting(name: str, chat: Chat) -> str:
    """The last notable value that looks like what the property is called, else the question itself."""
    wants_address = name.lower() in ("to", "recipient", "email", "mail", "address")
    fitting = [v for v in chat.notable if ("@" in v or "EMAIL" in v) is wants_address]
    return fitting[-1] if fitting else _quoted(chat.asked)


def _tool(body: JsonObject) -> tuple[str, JsonObject] | None:
    if body.get("tool_choice") == "none":
        return None
    wanted = _object(_object(body.get("tool_choice")).get("function")).get("name")
    offered = [_object(tool.get("function")) for tool in _objects(body.get("tools"))]
    named = [f for f in offered if f.get("name") == wanted] or [f for f in offered if f.get("name")]
    return (str(named[0]["name"]), _object(named[0].get("parameters"))) if named else None


def _seed(given: object, text: str) -> int:
    if isinstance(given, int):
        return given
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _word_limit(body: JsonObject) -> int:
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    return min(max(1, limit), _MOST_WORDS, _DEFAULT_WORDS) if isinstance(limit, int) else _DEFAULT_WORDS


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in _objects(content) if part.get("type") == "text")


def _object(value: object) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
