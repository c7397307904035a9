"""What every simulated wire offers to the application that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import orjson

from gateway.demo.simulated.answer import Answer
from gateway.demo.simulated.heard import Heard, JsonObject


class Refused(Enum):
    """Why a provider does not answer."""

    KEY = "key"
    REQUEST = "request"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and the answer to it, with what the wire needs for ids and times."""

    heard: Heard
    answer: Answer
    number: int
    created_s: int


class Wire(Protocol):
    """A wire format as the far end speaks it."""

    request_id_header: str

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        ...

    def whole(self, turn: Turn) -> JsonObject:
        """Returns the answer in one piece."""
        ...

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields the answer as server-sent events, in many small pieces."""
        ...

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the status and body of a refusal."""
        ...


def event(data: JsonObject, name: str | None = None) -> bytes:
    """Returns one server-sent event."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + orjson.dumps(data) + b"\n\n"


def model_title(model: str) -> str:
    """Returns a model's name as its vendor writes it in prose: `claude-fable-5` is `Claude Fable 5`."""
    return " ".join(word.capitalize() for word in model.split("-"))
