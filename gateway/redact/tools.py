"""Which tool a place of an answer is an argument of, and whether values may be put back there.

A value restored into a tool call goes to the tool that the caller's app runs, and from there wherever that tool sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routers.types import JsonPath
from routers.wire.dialect import Slot, SlotKind

ANY_TOOL = "*"
_ARGUMENTS = ("arguments", "input")


@dataclass(frozen=True, slots=True)
class Withheld:
    """The tools whose arguments keep their stand-ins; `*` stands for every tool."""

    tools: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.tools)

    def covers(self, tool: str) -> bool:
        """Whether the arguments of this tool are withheld. Of a tool without a name they are."""
        return not tool or ANY_TOOL in self.tools or tool in self.tools


def tool_of(body: Mapping[str, object], path: JsonPath) -> str | None:
    """Returns the name of the tool whose arguments hold this place of a whole answer; `None` outside of arguments."""
    holder: object = body
    for step in path:
        if step in _ARGUMENTS and isinstance(holder, dict):
            name = holder.get("name")
            if isinstance(name, str):
                return name
            if step == "arguments":
                return ""
        holder = _below(holder, step)
    return None


class ToolNames:
    """The names of the tools called in one stream, by the channels of their arguments."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def note(self, slot: Slot) -> None:
        """Remembers the name that a slot holds, if it is one."""
        if slot.path[-1] == "name":
            owner = _owner(slot.channel)
            self._names[owner] = self._names.get(owner, "") + slot.text

    def tool_of(self, slot: Slot) -> str | None:
        """Returns the tool whose arguments the slot holds: `None` outside of arguments, empty while it has no name."""
        if slot.kind is not SlotKind.JSON and "input" not in slot.path:
            return None
        return self._names.get(_owner(slot.channel), "")


def _owner(channel: str) -> str:
    """The part of a channel's name that the name and the arguments of one tool call share."""
    owner, whole, _ = channel.partition("/whole")
    return owner if whole else channel.rpartition("/")[0]


def _below(holder: object, step: str | int) -> object:
    if isinstance(holder, dict) and isinstance(step, str):
        return holder.get(step)
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return None
