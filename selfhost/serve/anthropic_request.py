"""Anthropic's messages request, read strictly. Source: Anthropic API reference, "Messages"."""

from __future__ import annotations

from collections.abc import Iterator

from selfhost.serve.asked import (
    MOST_STOPS,
    MOST_TOKENS,
    Asked,
    Choice,
    check_tools,
    function_tool,
    read_draws,
    read_salt,
    read_thinking,
    refuse_unsupported,
)
from selfhost.serve.fields import JsonObject, flag, mapping, mappings, text, texts, whole
from selfhost.serve.refusals import bad
from selfhost.serve.template import Thinking

_NEUTRAL: JsonObject = {"mcp_servers": [], "container": None, "output_format": None}


def read_messages(body: JsonObject, *, counted: bool = False) -> Asked:
    """Returns what a messages request asks; one to be counted needs no `max_tokens`. Raises `Refused`."""
    refuse_unsupported(body, _NEUTRAL)
    if mapping(body.get("output_config") or {}, "output_config").get("format") is not None:
        raise bad("output_config.format is not supported by this server", "output_config")
    most = whole(body, "max_tokens", 1, MOST_TOKENS)
    if most is None and not counted:
        raise bad("max_tokens is required")
    messages = [*_system(body), *_turns(body)]
    tools, (choice, forced) = _tools(body), _choice(body)
    if choice is Choice.REQUIRED and not tools:
        raise bad("tool_choice needs tools")
    last = messages[-1]
    thinking = read_thinking(body, _thinking(body))
    continued = last["role"] == "assistant" and not last.get("tool_calls")
    if continued and thinking is Thinking.ENABLED:
        raise bad("an answer that is begun cannot be continued with thinking enabled")
    return Asked(
        messages=tuple(messages),
        tools=check_tools(tools, forced),
        choice=choice,
        forced=forced,
        single=_is_single(body),
        thinking=thinking,
        continued=continued,
        draws=read_draws(body, most),
        stops=texts(body, "stop_sequences", MOST_STOPS),
        salt=read_salt(body),
        streamed=flag(body, "stream"),
    )


def _thinking(body: JsonObject) -> Thinking:
    stated = body.get("thinking")
    if stated is None:
        return Thinking.DISABLED
    kind = mapping(stated, "thinking").get("type")
    if not isinstance(kind, str) or kind not in set(Thinking):
        raise bad(f"thinking.type must be one of {', '.join(Thinking)}")
    return Thinking(kind)


def _system(body: JsonObject) -> Iterator[JsonObject]:
    system = body.get("system")
    if system:
        yield {"role": "system", "content": _text(system, "system")}


def _turns(body: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = []
    for place, message in enumerate(mappings(body.get("messages"), "messages")):
        at = f"messages[{place}]"
        if message.get("role") == "user":
            found += _user(message.get("content"), at)
        elif message.get("role") == "assistant":
            found.append(_assistant(message.get("content"), at))
        else:
            raise bad(f"{at}.role must be user or assistant")
    if not found:
        raise bad("messages must hold at least one message")
    return found


def _user(content: object, at: str) -> Iterator[JsonObject]:
    """The tools' results first, each a message of its own, then what the user says."""
    if isinstance(content, str):
        yield {"role": "user", "content": content}
        return
    said: list[str] = []
    for block in mappings(content, f"{at}.content"):
        if block.get("type") == "tool_result":
            number = text(block.get("tool_use_id"), f"{at}.content: tool_use_id")
            result = _text(block.get("content", ""), f"{at}.content: tool_result")
            yield {"role": "tool", "content": result, "tool_call_id": number}
        else:
            said.append(_block(block, at))
    if said:
        yield {"role": "user", "content": "\n".join(said)}


def _assistant(content: object, at: str) -> JsonObject:
    if isinstance(content, str):
        return {"role": "assistant", "content": content}
    said: list[str] = []
    thoughts: list[str] = []
    calls: list[JsonObject] = []
    for block in mappings(content, f"{at}.content"):
        match block.get("type"):
            case "thinking":
                thoughts.append(text(block.get("thinking"), f"{at}.content: thinking"))
            case "redacted_thinking":
                continue  # somebody else's, and unreadable
            case "tool_use":
                arguments = mapping(block.get("input"), f"{at}.content: input")
                name = text(block.get("name"), f"{at}.content: name")
                calls.append({"function": {"name": name, "arguments": arguments}})
            case _:
                said.append(_block(block, at))
    found: dict[str, object] = {"role": "assistant", "content": "\n".join(said)}
    if thoughts:
        found["reasoning_content"] = "\n".join(thoughts)
    if calls:
        found["tool_calls"] = calls
    return found


def _text(content: object, at: str) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(_block(block, at) for block in mappings(content, at))


def _block(block: JsonObject, at: str) -> str:
    if block.get("type") == "text":
        return text(block.get("text"), f"{at}: text")
    raise bad(f"{at}: this model reads text only, no images, documents or server tools")


def _tools(body: JsonObject) -> list[JsonObject]:
    listed = body.get("tools")
    return [_tool(each, f"tools[{n}]") for n, each in enumerate([] if listed is None else mappings(listed, "tools"))]


def _tool(tool: JsonObject, at: str) -> JsonObject:
    if tool.get("type") not in (None, "custom"):
        raise bad(f"{at}: tools that the provider runs are not supported by this server")
    schema = mapping(tool.get("input_schema"), f"{at}.input_schema")
    return function_tool(tool.get("name"), tool.get("description"), schema, at)


def _is_single(body: JsonObject) -> bool:
    choice = body.get("tool_choice")
    return choice is not None and flag(mapping(choice, "tool_choice"), "disable_parallel_tool_use")


def _choice(body: JsonObject) -> tuple[Choice, str]:
    value = body.get("tool_choice")
    if value is None:
        return Choice.AUTO, ""
    choice = mapping(value, "tool_choice")
    match choice.get("type"):
        case "auto":
            return Choice.AUTO, ""
        case "none":
            return Choice.NONE, ""
        case "any":
            return Choice.REQUIRED, ""
        case "tool":
            return Choice.REQUIRED, text(choice.get("name"), "tool_choice.name")
        case _:
            raise bad("tool_choice.type must be auto, none, any or tool")
