"""`/v1/models`: what may be asked for here, in the shape the caller's SDK reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from gateway.api.boundary import Handler, Visit
from gateway.errors import ModelNotFound
from routers.types import Dialect

_RELEASE_UNKNOWN_S = 0
_RELEASE_UNKNOWN = "1970-01-01T00:00:00Z"
"""Both shapes demand a release date. The epoch is what the Anthropic API documents for an unknown one."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model with at least one configured candidate. `owner` is who answers for it, e.g. an operator's name."""

    id: str
    title: str
    owner: str


Models = Callable[[], Sequence[ModelEntry]]
"""Returns the models on offer now, in the order they are shown."""


def list_models(models: Models) -> Handler:
    """Returns the handler that lists them all, on one page."""

    async def handle(visit: Visit) -> None:
        entries = models()
        shape = _SHAPES[visit.dialect]
        data = [shape(entry) for entry in entries]
        if visit.dialect is Dialect.ANTHROPIC_MESSAGES:
            ends = {"first_id": entries[0].id, "last_id": entries[-1].id} if entries else {}
            await visit.answer.json(orjson.dumps({"data": data, "has_more": False, **ends}))
        else:
            await visit.answer.json(orjson.dumps({"object": "list", "data": data}))

    return handle


def get_model(models: Models) -> Handler:
    """Returns the handler that shows one model. An id may hold slashes."""

    async def handle(visit: Visit) -> None:
        wanted = visit.path_parameters["model"]
        for entry in models():
            if entry.id == wanted:
                await visit.answer.json(orjson.dumps(_SHAPES[visit.dialect](entry)))
                return
        raise ModelNotFound("the requested model is not offered here")

    return handle


def _openai(entry: ModelEntry) -> Mapping[str, str | int]:
    return {"id": entry.id, "object": "model", "created": _RELEASE_UNKNOWN_S, "owned_by": entry.owner}


def _anthropic(entry: ModelEntry) -> Mapping[str, str | int]:
    return {"type": "model", "id": entry.id, "display_name": entry.title, "created_at": _RELEASE_UNKNOWN}


_SHAPES: Mapping[Dialect, Callable[[ModelEntry], Mapping[str, str | int]]] = {
    Dialect.OPENAI_CHAT: _openai,
    Dialect.ANTHROPIC_MESSAGES: _anthropic,
}
