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
    """The names of the tools called in one stream. A call's name comes first, its arguments in pieces after it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def note(self, slot: Slot, event: Mapping[str, object]) -> None:
        """Remembers the name that a slot holds, if it is one."""
        if slot.path[-1] == "name":
            call = _call(slot, event)
            self._names[call] = self._names.get(call, "") + slot.text

    def tool_of(self, slot: Slot, event: Mapping[str, object]) -> str | None:
        """Returns the tool whose arguments the slot holds: `None` outside of arguments, empty while it has no name."""
        named = tool_of(event, slot.path)
        if named:
            return named
        is_piece = slot.kind is SlotKind.JSON or "_call_input" in str(event.get("type"))
        return self._names.get(_call(slot, event), "") if is_piece or named is not None else None


def _call(slot: Slot, event: Mapping[str, object]) -> str:
    """What the name and the arguments of one tool call share: an item's number, or the beginning of their channels."""
    if "output_index" in event:
        return f"item {event['output_index']}"
    call, whole, _ = slot.channel.partition("/whole")
    return call if whole else slot.channel.rpartition("/")[0]


def _below(holder: object, step: str | int) -> object:
    if isinstance(holder, dict) and isinstance(step, str):
        return holder.get(step)
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return None
