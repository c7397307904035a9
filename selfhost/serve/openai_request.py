"""OpenAI's chat request, read strictly. Source: OpenAI API reference, "Create chat completion"; vLLM's extra fields."""

from __future__ import annotations

import json
from collections.abc import Sequence

from selfhost.serve.asked import (
    MOST_STOPS,
    MOST_TOKENS,
    Asked,
    Choice,
    check_tools,
    function_tool,
    read_choices,
    read_draws,
    read_salt,
    read_thinking,
    refuse_unsupported,
)
from selfhost.serve.fields import JsonObject, flag, mapping, mappings, text, texts, whole
from selfhost.serve.refusals import bad
from selfhost.serve.template import Thinking

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
_NEUTRAL: JsonObject = {
    "best_of": 1, "response_format": {"type": "text"}, "modalities": ["text"], "audio": None, "functions": [],
    "function_call": "none", "web_search_options": None, "prediction": None,
}  # fmt: skip
_EFFORTS = {"none": Thinking.DISABLED, "minimal": Thinking.DISABLED, "low": Thinking.ADAPTIVE}
_KNOWN_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def read_chat(body: JsonObject) -> Asked:
    """Returns what a chat request asks. Raises `Refused`."""
    refuse_unsupported(body, _NEUTRAL)
    messages = tuple(
        _message(each, f"messages[{n}]") for n, each in enumerate(mappings(body.get("messages"), "messages"))
    )
    if not messages:
        raise bad("messages must hold at least one message", "messages")
    tools = _tools(body)
    choice, forced = read_choice(body.get("tool_choice"), bool(tools))
    continued = flag(body, "continue_final_message")
    if continued and messages[-1]["role"] != "assistant":
        raise bad("continue_final_message needs a last message of the assistant", "continue_final_message")
    if continued and messages[-1].get("tool_calls"):
        raise bad("a message with tool calls cannot be continued", "continue_final_message")
    return Asked(
        messages=messages,
        tools=check_tools(tools, forced),
        choice=choice,
        forced=forced,
        single=body.get("parallel_tool_calls") is False,
        thinking=read_thinking(body, _effort(body)),
        continued=continued,
        draws=read_draws(body, _most(body), _logprobs(body)),
        choices=read_choices(body),
        stops=texts(body, "stop", MOST_STOPS),
        salt=read_salt(body),
        streamed=flag(body, "stream"),
    )


def wants_usage(body: JsonObject) -> bool:
    """Whether a stream ends with token counts. Raises `Refused`."""
    options = body.get("stream_options")
    return options is not None and flag(mapping(options, "stream_options"), "include_usage")


def _most(body: JsonObject) -> int | None:
    newer = whole(body, "max_completion_tokens", 1, MOST_TOKENS)
    return whole(body, "max_tokens", 1, MOST_TOKENS) if newer is None else newer


def _logprobs(body: JsonObject) -> int:
    if not flag(body, "logprobs"):
        return -1
    return whole(body, "top_logprobs", 0, 20) or 0


def _effort(body: JsonObject) -> Thinking:
    stated = body.get("thinking")
    if stated is not None:
        return _vendor_thinking(mapping(stated, "thinking"))
    effort = body.get("reasoning_effort")
    if effort is None:
        return Thinking.ADAPTIVE
    if effort not in _KNOWN_EFFORTS:
        raise bad(f"reasoning_effort must be one of {', '.join(_KNOWN_EFFORTS)}", "reasoning_effort")
    return _EFFORTS.get(str(effort), Thinking.ENABLED)


def _vendor_thinking(stated: JsonObject) -> Thinking:
    kind = text(stated.get("type"), "thinking.type")
    if kind not in set(Thinking):
        raise bad(f"thinking.type must be one of {', '.join(Thinking)}")
    return Thinking(kind)


def _message(message: JsonObject, at: str) -> JsonObject:
    role = _ROLES.get(str(message.get("role")))
    if role is None:
        raise bad(f"{at}.role must be one of {', '.join(_ROLES)}", f"{at}.role")
    found: dict[str, object] = {"role": role, "content": _content(message.get("content"), at)}
    if role == "assistant":
        thought = message.get("reasoning_content") or message.get("reasoning")
        if thought is not None:
            found["reasoning_content"] = text(thought, f"{at}.reasoning_content")
        calls = message.get("tool_calls")
        if calls:
            found["tool_calls"] = [_call(each, at) for each in mappings(calls, f"{at}.tool_calls")]
    if role == "tool":
        found["tool_call_id"] = text(message.get("tool_call_id"), f"{at}.tool_call_id")
    return found


def _content(content: object, at: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "\n".join(_part(each, at) for each in mappings(content, f"{at}.content"))


def _part(part: JsonObject, at: str) -> str:
    if part.get("type") in ("text", "input_text", "output_text", "refusal"):
        return text(part.get("text", part.get("refusal")), f"{at}.content: text")
    raise bad(f"{at}.content: this model reads text only, no images, audio or documents", f"{at}.content")


def _call(call: JsonObject, at: str) -> JsonObject:
    function = mapping(call.get("function"), f"{at}.tool_calls: function")
    source = text(function.get("arguments", "{}"), f"{at}.tool_calls: arguments")
    try:
        arguments = json.loads(source or "{}")
    except (ValueError, RecursionError):
        raise bad(f"{at}.tool_calls: arguments must be JSON") from None
    name = text(function.get("name"), f"{at}.tool_calls: name")
    return {"function": {"name": name, "arguments": mapping(arguments, f"{at}.tool_calls: arguments")}}


def _tools(body: JsonObject) -> Sequence[JsonObject]:
    listed = body.get("tools")
    return [_tool(each, f"tools[{n}]") for n, each in enumerate([] if listed is None else mappings(listed, "tools"))]


def _tool(tool: JsonObject, at: str) -> JsonObject:
    if tool.get("type") != "function":
        raise bad(f"{at}.type must be function")
    function = mapping(tool.get("function"), f"{at}.function")
    return function_tool(function.get("name"), function.get("description"), function.get("parameters"), at)


def read_choice(value: object, offered: bool) -> tuple[Choice, str]:  # noqa: FBT001  (one fact, not a mode)
    """Returns whether and which tool is to be called. Raises `Refused`."""
    if value is None or value == "auto":
        return Choice.AUTO, ""
    if value == "none":
        return Choice.NONE, ""
    if not offered:
        raise bad("tool_choice needs tools", "tool_choice")
    if value == "required":
        return Choice.REQUIRED, ""
    function = mapping(mapping(value, "tool_choice").get("function"), "tool_choice.function")
    return Choice.REQUIRED, text(function.get("name"), "tool_choice.function.name")
