"""What a simulated provider answers: sentences and tool arguments made from the prompt it received."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle

from gateway.demo.simulated.heard import Heard, JsonObject, Tool, objects

_QUOTED_CHARACTERS = 200
_MENTIONS = 8
_WORD_END = re.compile(r"\s\S*$")
_PLACEHOLDER_TYPE = re.compile(r"\[\[([A-Z]+)")
_KINDS_BY_PROPERTY = {"to": "email", "recipient": "email", "mail": "email", "mobile": "phone", "tel": "phone"}
_PIECE_LENGTHS = (4, 1, 3, 2, 5)
"""Short and uneven, so that every placeholder is split somewhere."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer before it is put on a wire. `call` is a tool call: the tool's name and its arguments."""

    text: str = field(repr=False)
    thinking: str | None = field(repr=False)
    call: tuple[str, JsonObject] | None = field(repr=False)

    @property
    def output_tokens(self) -> int:
        """Four characters count as one token."""
        return max(1, (len(self.text) + len(self.thinking or "")) // 4)


def compose(heard: Heard, title: str) -> Answer:
    """Returns the answer of the provider called `title`, which says that it is simulated."""
    opening = f"This is a simulated answer from the {title}; no model was asked."
    thinking = f"Simulated reasoning: the request speaks of {_listed(heard)}." if heard.thinking else None
    if heard.tools and heard.tool_result is None:
        tool = heard.tools[0]
        return Answer(f"{opening} I will use {tool.name}.", thinking, (tool.name, _arguments(tool, heard)))
    return Answer(" ".join((opening, *_sentences(heard))), thinking, None)


def pieces(text: str) -> Iterator[str]:
    """Yields the text in small uneven pieces."""
    start = 0
    for length in cycle(_PIECE_LENGTHS):
        if start >= len(text):
            return
        yield text[start : start + length]
        start += length


def _sentences(heard: Heard) -> Iterator[str]:
    if heard.tool_result is not None:
        yield f"The tool answered “{_quoted(heard.tool_result)}”."
    elif heard.asked:
        yield f"You wrote “{_quoted(heard.asked)}”."
    if heard.images:
        yield f"With it came {heard.images} image(s), which a simulation cannot see."
    for value in heard.mentioned[:_MENTIONS]:
        yield f"I will {_verb(value)} {value}."


def _listed(heard: Heard) -> str:
    return ", ".join(heard.mentioned[:_MENTIONS]) or "nothing that needs care"


def _verb(value: str) -> str:
    if _is_kind(value, "email"):
        return "write to"
    return "call" if _is_kind(value, "phone") else "note"


def _quoted(text: str) -> str:
    """The beginning of the text on one line, never ending inside a word."""
    line = " ".join(text.split())
    if len(line) <= _QUOTED_CHARACTERS:
        return line
    return _WORD_END.sub("", line[:_QUOTED_CHARACTERS]) + " …"


def _arguments(tool: Tool, heard: Heard) -> JsonObject:
    value = _fill(tool.name, {**tool.schema, "type": "object"}, heard)
    return value if isinstance(value, Mapping) else {}


def _fill(name: str, schema: JsonObject, heard: Heard) -> object:
    """A value that the schema accepts, taken from the prompt where it is a string."""
    allowed = schema.get("enum")
    if isinstance(allowed, list) and allowed:
        return allowed[0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties")
            named = properties if isinstance(properties, Mapping) else {}
            return {key: _fill(str(key), item, heard) for key, item in named.items() if isinstance(item, Mapping)}
        case "array":
            items = objects([schema.get("items")])
            return [_fill(name, items[0], heard)] if items else []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return _string(name, heard)


def _string(name: str, heard: Heard) -> str:
    """The mentioned value whose kind fits the property's name, else the question itself."""
    kind = _KINDS_BY_PROPERTY.get(name.lower(), name.lower())
    fitting = [value for value in heard.mentioned if _is_kind(value, kind)]
    return fitting[-1] if fitting else _quoted(heard.asked)


def _is_kind(value: str, kind: str) -> bool:
    """Whether a placeholder's type, or an address itself, is what `kind` speaks of."""
    typed = _PLACEHOLDER_TYPE.match(value)
    return (typed.group(1).lower() if typed else "email") in kind
