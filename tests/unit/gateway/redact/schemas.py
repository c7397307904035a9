"""Bodies made from the request types of the official SDKs, each with a text at another place that may hold one.

The types are read when the tests run, so a newer SDK brings its new fields with it.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Iterator

import typing_extensions
from anthropic.types.beta.message_create_params import MessageCreateParamsNonStreaming as BetaMessages
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as Messages
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as Chat
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming as Completions
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses.input_token_count_params import InputTokenCountParams
from openai.types.responses.response_compact_params import ResponseCompactParams
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming as Responses
from pydantic import BaseModel

Json = dict[str, object]

SCHEMAS: dict[str, tuple[object, ...]] = {
    "openai_chat": (Chat,),
    "openai_completions": (Completions,),
    "openai_embeddings": (EmbeddingCreateParams,),
    "openai_responses": (Responses,),
    "openai_input_tokens": (InputTokenCountParams,),
    "openai_compact": (ResponseCompactParams,),
    "anthropic_messages": (Messages, BetaMessages),
    "anthropic_count_tokens": (MessageCountTokensParams,),
}
"""The request types of every dialect, by its value."""

_DEEPEST = 9
_MOST_REPEATS = 2
_WRAPPERS = (typing.Required, typing.NotRequired, typing.Annotated, typing_extensions.Required)
_UNIONS = (typing.Union, types.UnionType)
_PLAIN = (int, float, bool, bytes, type(None))


def bodies(schema: object, canary: str) -> Iterator[Json]:
    """Every body of this type that holds the canary at one place: as a text, as a key, or somewhere in free JSON."""
    for value in _values(schema, canary, ()):
        assert isinstance(value, dict)
        yield {"model": "m", **value}


def _values(schema: object, canary: str, above: tuple[object, ...]) -> Iterator[object]:
    origin, arguments = typing.get_origin(schema), typing.get_args(schema)
    if schema is str:
        yield canary
    elif schema is object or schema is typing.Any:
        yield from (canary, {"deep": [{"er": canary}]}, {canary: 1}, {"default": canary, "enum": [canary, "x"]})
    elif origin in _WRAPPERS:
        yield from _values(arguments[0], canary, above)
    elif origin in _UNIONS:
        for each in arguments:
            yield from _values(each, canary, above)
    elif origin in (dict, collections.abc.Mapping):
        yield {canary: "x"}
        yield from ({"key": value} for value in _values(arguments[1], canary, above))
    elif origin is not None and origin is not typing.Literal and len(arguments) == 1:
        yield from ([value] for value in _values(arguments[0], canary, above))
    elif _has_fields(schema):
        yield from _objects(schema, canary, above)
    else:
        known = origin is typing.Literal or schema in _PLAIN or "IO" in repr(schema) or "PathLike" in repr(schema)
        assert known, f"a type this walk does not know: {schema!r}"


def _objects(schema: object, canary: str, above: tuple[object, ...]) -> Iterator[Json]:
    if above.count(schema) >= _MOST_REPEATS or len(above) > _DEEPEST:
        return
    fields = _fields(schema)
    fixed = {name: choice for name, field in fields.items() if (choice := _choice(field)) is not None}
    for name, field in fields.items():
        for value in _values(field, canary, (*above, schema)):
            yield {**fixed, name: value}


def _has_fields(schema: object) -> bool:
    return typing_extensions.is_typeddict(schema) or (isinstance(schema, type) and issubclass(schema, BaseModel))


def _fields(schema: object) -> dict[str, object]:
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return {name: field.annotation for name, field in schema.model_fields.items()}
    return dict(typing_extensions.get_type_hints(schema, include_extras=True))


def _choice(field: object) -> object:
    """The value of a field that has only one: a role or a type, which says what the object is."""
    while typing.get_origin(field) in _WRAPPERS:
        field = typing.get_args(field)[0]
    choices = typing.get_args(field)
    return choices[0] if typing.get_origin(field) is typing.Literal and len(choices) == 1 else None
