"""The one door to litellm: it translates requests and answers between dialects. It never touches the network.

Only litellm's translators are used: what they make of a request is sent by our own client, with its permits, timeouts
and cancellation, and errors reach the signatures as the upstream wrote them. litellm is loaded on first use, in a
thread (it takes seconds), with its price list local and its logging, callbacks, caching and telemetry off.
Everything here is typed by small protocols, so that no other module sees litellm's own types.
"""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

import orjson

from routers.errors import DialectUnsupported
from routers.upstreams.shapes import (
    FOREIGN_TO_OPENAI,
    ThinkingFilter,
    as_system,
    has_new_limit_name,
    openai_answer,
    openai_chunk,
    openai_request,
    require_sayable,
    without_thinking,
)

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Translated:
    """A request in the destination's dialect. `dropped` names what the destination cannot be told."""

    body: bytes = field(repr=False)
    dropped: tuple[str, ...]


class _Dumps(Protocol):
    """A litellm answer object."""

    def model_dump(self) -> Json: ...


class _MakesAnswer(Protocol):
    """litellm's answer classes."""

    def __call__(self, **fields: object) -> _Dumps: ...


class _AnthropicConfig(Protocol):
    """litellm's translator towards Anthropic."""

    def map_openai_params(
        self, *, non_default_params: Json, optional_params: Json, model: str, drop_params: bool
    ) -> Json: ...

    def transform_request(
        self, *, model: str, messages: object, optional_params: Json, litellm_params: Json, headers: Json
    ) -> Json: ...

    def transform_parsed_response(
        self, *, completion_response: Json, raw_response: object, model_response: _Dumps, prefix_prompt: None
    ) -> _Dumps: ...


class _AnthropicAdapter(Protocol):
    """litellm's translator from Anthropic."""

    def translate_completion_input_params_with_tool_mapping(
        self, kwargs: Json, *, custom_llm_provider: str
    ) -> tuple[Json, dict[str, str]]: ...

    def translate_completion_output_params(self, response: _Dumps, tool_name_mapping: dict[str, str]) -> object: ...


class _ChunkParser(Protocol):
    """litellm's reader of one Anthropic stream."""

    def chunk_parser(self, chunk: Json) -> _Dumps: ...


class _MakesParser(Protocol):
    def __call__(self, streaming_response: None, *, sync_stream: bool) -> _ChunkParser: ...


class _MakesEvents(Protocol):
    """litellm's writer of one Anthropic stream."""

    def __call__(
        self, *, completion_stream: AsyncIterator[_Dumps], model: str, tool_name_mapping: dict[str, str]
    ) -> AsyncIterator[Json]: ...


@dataclass(frozen=True, slots=True)
class _NoResponse:
    """Stands where litellm wants the HTTP answer, of which it reads only this."""

    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


_MANGLED = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError)
_LITELLM_OPTIONS: dict[str, object] = {
    "suppress_debug_info": True,
    "telemetry": False,
    "turn_off_message_logging": True,
    "drop_params": True,
    "modify_params": False,
    "cache": None,
    "num_retries": None,
    "callbacks": [],
    "success_callback": [],
    "failure_callback": [],
}
_NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
_NO_TOKENS = {"input_tokens": 0, "output_tokens": 0}


class LiteLLM:
    """litellm's translators. Made by `load_litellm`. Every method is pure; none may see a body without a permit."""

    def __init__(self) -> None:
        top = importlib.import_module("litellm")
        adapters = "litellm.llms.anthropic.pass_through.adapters"
        transformation = importlib.import_module(f"{adapters}.transformation")
        streaming = importlib.import_module(f"{adapters}.streaming_iterator")
        handler = importlib.import_module("litellm.llms.anthropic.chat.handler")
        for option, value in _LITELLM_OPTIONS.items():
            setattr(top, option, value)
        self._config = cast("_AnthropicConfig", top.AnthropicConfig())
        self._adapter = cast("_AnthropicAdapter", transformation.AnthropicAdapter())
        self._answer = cast("_MakesAnswer", top.ModelResponse)
        self._chunk = cast("_MakesAnswer", top.ModelResponseStream)
        self._parser = cast("_MakesParser", handler.ModelResponseIterator)
        self._events = cast("_MakesEvents", streaming.AnthropicStreamWrapper)
        ours = importlib.import_module("litellm.llms.base_llm.chat.transformation").BaseLLMException
        theirs = importlib.import_module("openai").OpenAIError
        self.errors = (*_MANGLED, cast("type[Exception]", ours), cast("type[Exception]", theirs))

    def warm_up(self) -> None:
        """Makes litellm build its models now, here, rather than in the middle of the first answer."""
        self.answer_to_openai({"id": "m", "model": "m", "content": [{"type": "text", "text": ""}]})
        message: Json = {"role": "assistant", "content": ""}
        self.answer_to_anthropic({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        self._chunk(choices=[{"index": 0, "delta": {}, "finish_reason": None}])
        self.to_openai(b'{"max_tokens":1,"messages":[{"role":"user","content":""}]}', "m")
        self.to_anthropic(b'{"messages":[{"role":"user","content":""}]}', "m")

    def to_anthropic(self, body: bytes, model: str) -> Translated:
        """Returns a Chat Completions request as a Messages request.

        Raises:
            DialectUnsupported: it holds what Messages cannot say, or what litellm would have to fetch.
        """
        content = orjson.loads(body)
        require_sayable(content, chat=True)
        dropped = sorted({"reasoning_effort", "thinking", "n", "logprobs"} & set(content))
        asked = {key: value for key, value in content.items() if key not in {"model", "messages", *dropped}}
        messages = as_system(content["messages"])
        try:
            params = self._config.map_openai_params(
                non_default_params=asked, optional_params={}, model=model, drop_params=True
            )
            made = self._config.transform_request(
                model=model, messages=messages, optional_params=params, litellm_params={}, headers={}
            )
        except self.errors:
            raise DialectUnsupported("the request cannot be said in the destination's dialect") from None
        return Translated(orjson.dumps(made), tuple(dropped))

    def to_openai(self, body: bytes, model: str) -> Translated:
        """Returns a Messages request as a Chat Completions request; thinking stays behind. Raises as `to_anthropic`."""
        content = orjson.loads(body) | {"model": model}
        require_sayable(content, chat=False)
        dropped = sorted(FOREIGN_TO_OPENAI & set(content))
        asked = {key: value for key, value in content.items() if key not in dropped}
        try:
            made, renamed = self._adapter.translate_completion_input_params_with_tool_mapping(
                asked, custom_llm_provider="openai"
            )
        except self.errors:
            raise DialectUnsupported("the request cannot be said in the destination's dialect") from None
        if renamed:
            raise DialectUnsupported("a tool's name is too long for the destination")
        fresh, thoughts = openai_request(made, new_limit_name=has_new_limit_name(model))
        return Translated(orjson.dumps(fresh), (*dropped, *thoughts))

    def answer_to_openai(self, content: Json) -> bytes:
        """Returns a Messages answer as a Chat Completions answer. Raises one of `errors`."""
        made = self._config.transform_parsed_response(
            completion_response={"usage": _NO_TOKENS, "stop_reason": "end_turn"} | without_thinking(content),
            raw_response=_NoResponse(),
            model_response=self._answer(),
            prefix_prompt=None,
        )
        return orjson.dumps(openai_answer(made.model_dump()))

    def answer_to_anthropic(self, content: Json) -> bytes:
        """Returns a Chat Completions answer as a Messages answer, thinking left out. Raises one of `errors`."""
        for choice in cast("list[dict[str, Json]]", content.get("choices", [])):
            for name in ("reasoning_content", "reasoning", "thinking_blocks"):
                choice["message"].pop(name, None)
        answer = self._answer(**({"usage": _NO_USAGE} | content))
        made = self._adapter.translate_completion_output_params(answer, tool_name_mapping={})
        return orjson.dumps(made)

    async def stream_to_openai(self, events: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        """Yields a Messages stream as a Chat Completions stream. Raises one of `errors`, and what `events` raises."""
        parser = self._parser(None, sync_stream=False)
        thinking = ThinkingFilter()
        is_first = True
        async for event in events:
            if not thinking.keeps(event):
                continue
            chunk = openai_chunk(parser.chunk_parser(event).model_dump(), is_first=is_first)
            if chunk is not None:
                is_first = False
                yield b"data: " + orjson.dumps(chunk) + b"\n\n"
        yield b"data: [DONE]\n\n"

    async def stream_to_anthropic(self, chunks: AsyncIterator[Json], model: str) -> AsyncIterator[bytes]:
        """Yields a Chat Completions stream as a Messages stream. Raises one of `errors`, and what `chunks` raises."""
        made = self._events(completion_stream=self._as_chunks(chunks), model=model, tool_name_mapping={})
        async for event in made:
            yield b"event: " + str(event["type"]).encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"

    async def _as_chunks(self, chunks: AsyncIterator[Json]) -> AsyncIterator[_Dumps]:
        async for chunk in chunks:
            for choice in cast("list[dict[str, Json]]", chunk.get("choices", [])):
                for name in ("reasoning_content", "reasoning", "thinking_blocks"):
                    choice.get("delta", {}).pop(name, None)
            yield self._chunk(**chunk)


def load_litellm() -> LiteLLM:
    """Imports litellm and returns its translators. Blocks for seconds: to be called in a thread, once."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import fetches a price list from the internet
    os.environ["LITELLM_MODE"] = "PRODUCTION"  # else the import reads a .env file of the working directory
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*`ReadOnly` qualifier", category=UserWarning)
        made = LiteLLM()
        made.warm_up()
    return made
