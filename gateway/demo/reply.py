"""An answer as the caller of the gateway got it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.demo.cases import Ask

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Trace:
    """The gateway's headers. Empty where it said `none`."""

    request_id: str
    destination: str
    record: str

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Trace:
        """Returns what an answer's headers say."""

        def value(name: str) -> str:
            text = headers.get(name, "")
            return "" if text == "none" else text

        return cls(value("x-gateway-request-id"), value("x-gateway-destination"), value("x-audit-record"))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `error` is the code or type of an error object; `history` is what a next turn sends again."""

    status: int
    trace: Trace
    text: str = field(default="", repr=False)
    arguments: str = field(default="", repr=False)
    thinking: str = field(default="", repr=False)
    error: str = ""
    message: str = field(default="", repr=False)
    finished: bool = True
    history: tuple[JsonObject, ...] = field(default=(), repr=False)
    call_id: str = ""


class Sender(Protocol):
    """One key's client in one SDK."""

    async def send(self, ask: Ask, history: Sequence[JsonObject], call_id: str) -> Reply:
        """Sends one request after `history`; `call_id` names the tool call that it answers, if it does."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...
