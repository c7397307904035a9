"""A Responses request, said as a Chat Completions request. Pure.

What chat has no place for is refused, never left out: a prompt must not lose a part. Only what steers and says nothing
(cache keys, verbosity, the reasoning of earlier turns) may be dropped, and is named.
Source: OpenAI API reference, "Create a response", "Create chat completion" and "Migrate to the Responses API".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from routers.errors import DialectUnsupported
from routers.upstreams.shapes import OPEN_IMAGES, has_new_limit_name

Json = dict[str, object]

DROPPED = frozenset(
    {"include", "max_tool_calls", "metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"}
    | {"service_tier", "stream_options", "top_logprobs", "truncation", "user", "client_metadata"}
)
"""Fields that a chat destination need not be told."""
_SAID = frozenset({"model", "input", "instructions", "stream", "store", "background"})
_SAME = frozenset({"temperature", "top_p", "parallel_tool_calls"})
_SHAPED = frozenset({"max_output_tokens", "reasoning", "text", "tools", "tool_choice"})
_ROLES = frozenset({"user", "assistant", "system", "developer"})


def chat_of_responses(body: bytes, model: str) -> tuple[Json, tuple[str, ...]]:
    """Returns the request as chat, and the names of what was left out.

    Raises:
        DialectUnsupported: it holds what chat cannot say.
    """
    asked: Json = {name: value for name, value in orjson.loads(body).items() if value is not None}
    unknown = set(asked) - _SAID - _SAME - _SHAPED - DROPPED
    if unknown or asked.get("background"):
        raise _unsayable("a field of the request")
    made: Json = {"model": model, "messages": _messages(asked)}
    made |= {name: asked[name] for name in _SAME if name in asked}
    if asked.get("stream"):
        made |= {"stream": True, "stream_options": {"include_usage": True}}
    if "max_output_tokens" in asked:
        made["max_completion_tokens" if has_new_limit_name(model) else "max_tokens"] = asked["max_output_tokens"]
    made |= _tools(asked)
    steering, dropped = _steering(asked)
    reasons = {"reasoning"} if any(item.get("type") == "reasoning" for item in _items(asked)) else set()
    return made | steering, tuple(sorted((DROPPED & set(asked)) | dropped | reasons))


def _steering(asked: Json) -> tuple[Json, set[str]]:
    """Reasoning effort and the form of the text."""
    made: Json = {}
    dropped: set[str] = set()
    reasoning, text = _object(asked.get("reasoning")), _object(asked.get("text"))
    if reasoning.get("effort") is not None:
        made["reasoning_effort"] = reasoning["effort"]
    if set(reasoning) - {"effort"}:
        dropped.add("reasoning")
    form = _object(text.get("format"))
    if form.get("type") == "json_schema":
        made["response_format"] = {
            "type": "json_schema",
            "json_schema": {name: form[name] for name in ("name", "description", "schema", "strict") if name in form},
        }
    elif form.get("type") == "json_object":
        made["response_format"] = {"type": "json_object"}
    elif form.get("type", "text") != "text":
        raise _unsayable("the form of the text")
    if set(text) - {"format"}:
        dropped.add("text.verbosity")
    return made, dropped


def _tools(asked: Json) -> Json:
    tools = asked.get("tools") or []
    made: Json = {}
    if not isinstance(tools, list) or any(_object(tool).get("type") != "function" for tool in tools):
        raise _unsayable("a tool")
    if tools:
        names = ("name", "description", "parameters", "strict")
        made["tools"] = [
            {"type": "function", "function": {name: tool[name] for name in names if tool.get(name) is not None}}
            for tool in tools
        ]
    choice = asked.get("tool_choice")
    if isinstance(choice, str):
        made["tool_choice"] = choice
    elif choice is not None:
        if _object(choice).get("type") != "function":
            raise _unsayable("the choice of tools")
        made["tool_choice"] = {"type": "function", "function": {"name": _object(choice).get("name")}}
    return made


def _messages(asked: Json) -> list[Json]:
    messages: list[Json] = []
    if isinstance(asked.get("instructions"), str):
        messages.append({"role": "system", "content": asked["instructions"]})
    elif "instructions" in asked:
        raise _unsayable("the instructions")
    for item in _items(asked):
        _append(messages, item)
    if not messages:
        raise _unsayable("an empty input")
    return messages


def _items(asked: Json) -> list[Json]:
    given = asked.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise _unsayable("the input")
    return given


def _append(messages: list[Json], item: Json) -> None:
    kind = item.get("type", "message")
    if kind == "message":
        if item.get("role") not in _ROLES:
            raise _unsayable("a role")
        messages.append({"role": item["role"], "content": _content(item.get("content"))})
    elif kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        _calling(messages).append(call)
    elif kind == "function_call_output":
        content = _content(item.get("output"), images=False)
        messages.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": content})
    elif kind != "reasoning":
        raise _unsayable("an item of the input")


def _calling(messages: list[Json]) -> list[Json]:
    """The tool calls of the assistant's message that a call belongs to: the last one, or a new one."""
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": None})
    calls = messages[-1].setdefault("tool_calls", [])
    assert isinstance(calls, list)  # noqa: S101  (only made here)
    return calls


def _content(content: object, *, images: bool = True) -> object:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _unsayable("a content")
    parts = [_part(_object(part), images=images) for part in content]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return texts[0] if len(parts) == len(texts) == 1 else parts


def _part(part: Mapping[str, object], *, images: bool) -> Json:
    kind = part.get("type")
    if kind in ("input_text", "output_text") and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if kind == "refusal" and isinstance(part.get("refusal"), str):
        return {"type": "text", "text": part["refusal"]}
    url = part.get("image_url")
    if images and kind == "input_image" and isinstance(url, str) and url.startswith(OPEN_IMAGES):
        return {"type": "image_url", "image_url": {"url": url, "detail": part.get("detail") or "auto"}}
    raise _unsayable("a part of a message")


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _unsayable(what: str) -> DialectUnsupported:
    return DialectUnsupported(f"{what} cannot be said in the destination's dialect")


def repeated(asked: Mapping[str, object], names: Iterable[str]) -> Json:
    """Returns the fields of a request that its answer repeats."""
    return {name: asked[name] for name in names if asked.get(name) is not None}
