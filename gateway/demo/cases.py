"""What a case of the demo is: who asks for what, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ANTHROPIC = "simulated-anthropic"
OPENAI = "simulated-openai"
MINIMAX = "simulated-minimax"
INHOUSE = "inhouse-local"


class Sdk(StrEnum):
    """The official SDK a case is sent with."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Who:
    """A key of the demo. `days` until it expires: negative is in the past, `None` never."""

    name: str
    app: str
    principal_class: str
    clearance: str
    purpose: str
    role: str = "call"
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool on offer. `properties` are its string arguments: name and description."""

    name: str
    description: str
    properties: Mapping[str, str]

    def schema(self) -> dict[str, object]:
        """Returns the JSON schema of its arguments, all of them required."""
        named = {name: {"type": "string", "description": text} for name, text in self.properties.items()}
        return {"type": "object", "properties": named, "required": list(named)}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request in neutral words; the sender puts it into the SDK's dialect.

    `follows` names an earlier case whose whole history is sent again first. `tool_result` answers the tool call with
    which that history ended, in place of `text`. In `text`, `{borrowed}` stands for a placeholder that the case named
    by `borrows` was seen to use.
    """

    who: Who
    sdk: Sdk
    model: str
    text: str = field(default="", repr=False)
    streamed: bool = False
    system: str | None = field(default=None, repr=False)
    tools: tuple[Tool, ...] = ()
    tool_result: str | None = field(default=None, repr=False)
    image: bytes | None = field(default=None, repr=False)
    thinking: bool = False
    declared: str | None = None
    follows: str | None = None
    borrows: str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come of a case. Empty means: not checked here; a destination of "" means: it must go nowhere.

    `refused` gives, per destination, rules that must be among those that refused it. `found` and `masked` and `dropped`
    are types. `restored` must be readable in the text of the answer, `in_arguments` in the tool's arguments.
    `failed_over_from` are the destinations that were tried before, in order. `absent` must not be in the answer.
    """

    destination: str
    status: int = 200
    code: str = ""
    level: str = ""
    refused: Mapping[str, frozenset[str]] = field(default_factory=dict)
    found: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    restored: tuple[str, ...] = field(default=(), repr=False)
    in_arguments: tuple[str, ...] = field(default=(), repr=False)
    absent: tuple[str, ...] = field(default=(), repr=False)
    failed_over_from: tuple[str, ...] = ()
    same_placeholders: bool = False
    """The placeholders sent must be those of the case that this one follows, and no others."""
    thinks: bool = False
    """The answer must hold a thinking block."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the demo. `secrets` may reach no simulated provider, whatever becomes of the request."""

    name: str
    ask: Ask
    expect: Expect
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Revocation:
    """At this point of the scenario the provider withdraws the model."""

    provider: str
    model: str
