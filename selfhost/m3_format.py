"""MiniMax M3's text format: thinking and tool calls in what the model writes, told apart while it streams.

    <mm:think>…</mm:think>answer
    ]<]minimax[>[<tool_call>
    ]<]minimax[>[<invoke name="get_weather">]<]minimax[>[<city>Paris]<]minimax[>[</city>]<]minimax[>[</invoke>
    ]<]minimax[>[</tool_call>

Every tag of a call has the prefix; an element is an argument, `<item>` an array's member, an element with elements in
it an object. Values have no type: the tool's JSON schema gives it. Where thinking begins is known from the prompt, not
guessed: the prompt itself may end with the opener, and both prompt and answer may speak about these markers.

Standard library only: the proxy reads the same format when somebody else hosts the model. Sources: the released chat
template's `to_xml`; vLLM 46042 and 50549 for what leaks when a parser guesses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

PREFIX = "]<]minimax[>["
THINK, END_THINK = "<mm:think>", "</mm:think>"
CALLS, END_CALLS = f"{PREFIX}<tool_call>", f"{PREFIX}</tool_call>"
END_INVOKE = f"{PREFIX}</invoke>"
_INVOKE = re.compile(re.escape(PREFIX) + r'<invoke name="([^"<>]{1,256})">')
_TAG = re.compile(re.escape(PREFIX) + r"<(/?)([^<>\s/]{1,256})>")
_ITEM = "item"
_DEEPEST = 32
_LONGEST_CALLS = 1_000_000

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the model's thinking."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of the answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A whole tool call. `arguments` is a JSON object as text."""

    name: str
    arguments: str = field(repr=False)


Piece = Reasoning | Content | Call


class _State(Enum):
    THINKING = auto()
    START = auto()
    ANSWER = auto()
    CALLS = auto()
    AFTER_CALLS = auto()


class FormatStream:
    """Tells the pieces of one answer apart, fed in any pieces: every split gives the same reasoning, text and calls."""

    def __init__(
        self, schemas: Mapping[str, Schema] | None = None, *, thinking: bool = False, answering: bool = False
    ) -> None:
        """`schemas` are the tools' parameter schemas by name.

        `thinking`: the prompt ended with the opener, or inside a thought; `answering`: it ended inside an answer.
        """
        self._schemas = schemas or {}
        self._state = _State.THINKING if thinking else _State.ANSWER if answering else _State.START
        self._held = ""
        self.incomplete = False

    @property
    def holding(self) -> bool:
        """Whether something fed is not yet decided upon."""
        return bool(self._held)

    def feed(self, text: str) -> list[Piece]:
        """Returns what is certain now. Holds back only what may be the beginning of a marker, or an open call."""
        self._held += text
        return list(self._advance(final=False))

    def finish(self) -> list[Piece]:
        """Returns the rest. A call that did not end is dropped, never shown as text, and noted in `incomplete`."""
        return list(self._advance(final=True))

    def _advance(self, *, final: bool) -> Iterator[Piece]:
        while True:
            before = (self._state, len(self._held))
            if self._state is _State.THINKING:
                yield from self._think(final=final)
            elif self._state is _State.CALLS:
                yield from self._call(final=final)
            else:
                yield from self._answer(final=final)
            if (self._state, len(self._held)) == before:
                return

    def _think(self, *, final: bool) -> Iterator[Piece]:
        text, found = self._until((END_THINK,), final=final)
        if text:
            yield Reasoning(text)
        if found:
            self._state = _State.START

    def _answer(self, *, final: bool) -> Iterator[Piece]:
        if self._state in (_State.START, _State.AFTER_CALLS):
            self._held = self._held.lstrip("\n")
        if self._state is _State.AFTER_CALLS and self._held:
            self._state = _State.ANSWER
        markers = (THINK, CALLS, END_THINK) if self._state is _State.START else (THINK, CALLS)
        text, found = self._until(markers, final=final)
        if self._state is _State.START and not (text.strip() or found or final):
            self._held = text + self._held  # white space: what follows decides whether it belongs to the answer
            return
        if text and found == END_THINK and text.strip():  # a closer inside an answer is text like any other
            text, found = text + END_THINK, ""
        if text.strip() or (text and self._state is _State.ANSWER):
            self._state = _State.ANSWER
            yield Content(text)
        if found:
            self._state = {THINK: _State.THINKING, CALLS: _State.CALLS}.get(found, _State.START)

    def _call(self, *, final: bool) -> Iterator[Piece]:
        """One whole invocation at a time; whatever else stands between the outer tags is no call and nobody's text."""
        end_calls, end_invoke = self._held.find(END_CALLS), self._held.find(END_INVOKE)
        if end_invoke >= 0 and (end_calls < 0 or end_invoke < end_calls):
            source, self._held = self._held[:end_invoke], self._held[end_invoke + len(END_INVOKE) :]
            call = read_call(source, self._schemas)
            self.incomplete = self.incomplete or call is None
            if call is not None:
                yield call
        elif end_calls >= 0:
            self._held, self._state = self._held[end_calls + len(END_CALLS) :], _State.AFTER_CALLS
        elif final or len(self._held) > _LONGEST_CALLS:
            self.incomplete = self.incomplete or bool(self._held.strip())
            self._held = ""

    def _until(self, markers: tuple[str, ...], *, final: bool) -> tuple[str, str]:
        """Takes the text before the first marker, and the marker, out of what is held."""
        places = [(place, marker) for marker in markers if (place := self._held.find(marker)) >= 0]
        if places:
            place, marker = min(places)
            text, self._held = self._held[:place], self._held[place + len(marker) :]
            return text, marker
        keep = 0 if final else _open_end(self._held, markers)
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return text, ""


def _open_end(text: str, markers: tuple[str, ...]) -> int:
    """How many characters at the end may be the beginning of a marker."""
    longest = min(len(text), max(map(len, markers)) - 1)
    return next((size for size in range(longest, 0, -1) if any(m.startswith(text[-size:]) for m in markers)), 0)


def read_call(source: str, schemas: Mapping[str, Schema]) -> Call | None:
    """Returns the call in an invocation without its closing tag, or `None` when it is not one."""
    opening = _INVOKE.search(source)
    if opening is None:
        return None
    name, body = opening.group(1), source[opening.end() :]
    try:
        arguments = _object(_elements(body), _schema(schemas.get(name)))
    except _Malformed:
        return None
    return Call(name, json.dumps(arguments, ensure_ascii=False))


class _Malformed(Exception):
    """The tags do not match."""


@dataclass(slots=True)
class _Element:
    """One tag: either `text` or `children`."""

    name: str
    text: str = ""
    children: list[_Element] = field(default_factory=list)


def _elements(body: str) -> list[_Element]:
    root = _Element("")
    open_tags, place = [root], 0
    for tag in _TAG.finditer(body):
        open_tags[-1].text += body[place : tag.start()]
        place = tag.end()
        if tag.group(1):
            if len(open_tags) == 1 or open_tags[-1].name != tag.group(2):
                raise _Malformed
            open_tags.pop()
        else:
            element = _Element(tag.group(2))
            open_tags[-1].children.append(element)
            open_tags.append(element)
            if len(open_tags) > _DEEPEST:
                raise _Malformed
    if len(open_tags) > 1:
        raise _Malformed
    return root.children


def _object(elements: list[_Element], schema: Schema) -> dict[str, Json]:
    """Elements of one name more than once are an array."""
    properties = _schema(schema.get("properties"))
    found: dict[str, Json] = {}
    for name in dict.fromkeys(element.name for element in elements):
        named = [element for element in elements if element.name == name]
        wanted = _schema(properties.get(name))
        if len(named) == 1:
            found[name] = _value(named[0], wanted)
        else:
            found[name] = [_value(element, _schema(wanted.get("items"))) for element in named]
    return found


def _value(element: _Element, schema: Schema) -> Json:
    if not element.children:
        return _typed(element.text, schema)
    if all(child.name == _ITEM for child in element.children) and "object" not in _types(schema):
        return [_value(child, _schema(schema.get("items"))) for child in element.children]
    return _object(element.children, schema)


def _typed(text: str, schema: Schema) -> Json:
    """The value in the type that the schema names; a string stays as it was written."""
    types = _types(schema)
    if "string" in types and not (text == "null" and "null" in types):
        return text
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    if types and _type_of(value) not in types and not (isinstance(value, int) and "number" in types):
        return text
    return value if types or not isinstance(value, str) else text


def _type_of(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def _types(schema: Schema) -> frozenset[str]:
    """The types a schema names, through anyOf and oneOf; empty when it names none."""
    stated = schema.get("type")
    listed = stated if isinstance(stated, list) else [stated]
    found = {each for each in listed if isinstance(each, str)}
    for key in ("anyOf", "oneOf"):
        choices = schema.get(key)
        for choice in choices if isinstance(choices, list) else ():
            found |= _types(_schema(choice))
    if not found and isinstance(schema.get("enum"), list):
        found = {_type_of(each) for each in schema["enum"]}  # type: ignore[attr-defined]  # a list, as checked
    return frozenset(found)


def _schema(value: object) -> Schema:
    return value if isinstance(value, Mapping) else {}
