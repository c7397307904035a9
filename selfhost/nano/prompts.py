"""How a conversation is written for the model; `weights/chat_template.jinja` renders the same.

Training and serving must agree.

]~!b[]~b]system⏎ … [e~[⏎]~b]user⏎ … [e~[⏎]~b]ai⏎<mm:think></mm:think> … [e~[
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from selfhost.m3_format import CALLS, END_CALLS, END_THINK, PREFIX, THINK, Json

BEGIN, ROLE, END = "]~!b[", "]~b]", "[e~["
SPECIAL = (BEGIN, ROLE, END, PREFIX, THINK, END_THINK, "<tool_call>", "</tool_call>")
"""Text that is one token each."""
DEFAULT_SYSTEM = "You are M3-nano, a very small model for demonstrations."


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `thought` is what was thought before it; `calls` are (name, arguments)."""

    role: str
    text: str = field(repr=False)
    thought: str = field(default="", repr=False)
    calls: tuple[tuple[str, Mapping[str, Json]], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation; what the model is to learn are its `ai` turns."""

    turns: tuple[Turn, ...]
    system: str = DEFAULT_SYSTEM
    tools: tuple[Mapping[str, Json], ...] = ()


def pieces(example: Example) -> list[tuple[str, bool]]:
    """Returns the conversation as text, in pieces, and of each whether the model has to write it."""
    found = [(f"{BEGIN}{ROLE}system\n{example.system}{tools_text(example.tools)}{END}\n", False)]
    for turn in example.turns:
        if turn.role != "ai":
            found.append((f"{ROLE}{turn.role}\n{turn.text}{END}\n", False))
            continue
        found += [(f"{ROLE}ai\n", False), (f"{THINK}{turn.thought}{END_THINK}", bool(turn.thought))]
        found += [(f"{turn.text}{calls_text(turn.calls)}{END}", True), ("\n", False)]
    return found


def tools_text(tools: Sequence[Mapping[str, Json]]) -> str:
    """Returns how tools are told to the model; empty without any."""
    if not tools:
        return ""
    listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    return f"\n\n# Tools\n{listed}"


def calls_text(calls: Sequence[tuple[str, Mapping[str, Json]]]) -> str:
    """Returns tool calls as the model writes them."""
    if not calls:
        return ""
    body = "".join(_invoke(name, arguments) for name, arguments in calls)
    return f"{CALLS}\n{body}{END_CALLS}"


def _invoke(name: str, arguments: Mapping[str, Json]) -> str:
    elements = "".join(_element(key, value) for key, value in arguments.items())
    return f'{PREFIX}<invoke name="{name}">{elements}{PREFIX}</invoke>\n'


def _element(name: str, value: Json) -> str:
    if isinstance(value, dict):
        inside = "".join(_element(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inside = "".join(_element("item", each) for each in value)
    else:
        inside = value if isinstance(value, str) else json.dumps(value)
    return f"{PREFIX}<{name}>{inside}{PREFIX}</{name}>"
