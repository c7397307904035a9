"""Which tool a place of an answer is an argument of, and whether values may be put back there.

A value restored into a tool call goes to the tool that the caller's app runs, and from there wherever that tool sends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.errors import RestoreFailed
from routers.types import JsonPath
from routers.wire.dialect import Slot, SlotKind

ANY_TOOL = "*"
_ARGUMENTS = ("arguments", "input")
_MOST_PIECES = 32
"""Of one name, in all the calls of one number. Beyond it their arguments are withheld."""


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
    """The tools called in one stream, and whether values may be put back into their arguments.

    A name may come in pieces or be replaced, and a number may be used again for a further call. Some readers of a
    stream join the pieces, some take the last: a call is withheld once any run of pieces up to the last is such a name.
    """

    def __init__(self, covers: Callable[[str], bool]) -> None:
        """`covers` says of a name as it was streamed whether its arguments are withheld."""
        self._covers = covers
        self._runs: dict[str, tuple[str, ...]] = {}
        self._ids: dict[str, str] = {}
        self._withheld: set[str] = set()
        self._put_back: set[str] = set()

    def note(self, slot: Slot, event: Mapping[str, object]) -> None:
        """Remembers the name, or the piece of one, that a slot holds.

        Raises:
            RestoreFailed: it makes a withheld tool out of one whose arguments were shown with values already.
        """
        if slot.path[-1] != "name":
            return
        call = call_of(slot, event)
        joined = tuple(run + slot.text for run in self._runs.get(call, ()))
        self._runs[call] = runs = (*joined, slot.text)
        is_further = self._is_further(call, slot, event)
        if call in self._put_back and any(map(self._covers, joined if is_further else runs)):
            raise RestoreFailed("a tool was named after its arguments had been shown")
        if is_further:
            self._put_back.discard(call)
        if len(runs) > _MOST_PIECES or any(map(self._covers, runs)):
            self._withheld.add(call)
            self._runs[call] = runs[-_MOST_PIECES:]

    def withholds(self, slot: Slot, event: Mapping[str, object]) -> bool:
        """Whether the slot holds arguments into which nothing is put back. Arguments of a call without a name are."""
        named = tool_of(event, slot.path)
        call = call_of(slot, event)
        if named:
            return call in self._withheld or self._covers(named)
        is_piece = slot.kind is SlotKind.JSON or "_call_input" in str(event.get("type"))
        return (is_piece or named is not None) and (call not in self._runs or call in self._withheld)

    def put_back(self, call: str) -> None:
        """Remembers that values were put back under this call, see `call_of`."""
        self._put_back.add(call)

    def _is_further(self, call: str, slot: Slot, event: Mapping[str, object]) -> bool:
        """Whether the name begins another call under the same number."""
        known, told = self._ids.get(call), _call_id(slot, event)
        if told:
            self._ids[call] = told
        return bool(told) and told != known


def _call_id(slot: Slot, event: Mapping[str, object]) -> str:
    """The identifier that stands beside a name, or round the function that it names; empty where there is none."""
    holders: list[object] = [event]
    for step in slot.path[:-1]:
        holders.append(_below(holders[-1], step))
    told = [holder.get("id") for holder in holders[-2:] if isinstance(holder, dict)]
    return next((one for one in told if isinstance(one, str) and one), "")


def call_of(slot: Slot, event: Mapping[str, object]) -> str:
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
