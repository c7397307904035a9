"""What litellm's translators make, cut down to what the official SDKs and the destinations accept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from routers.errors import DialectUnsupported

Json = dict[str, object]

FOREIGN_TO_OPENAI = frozenset(
    {"thinking", "top_k", "context_management", "container", "mcp_servers", "output_config", "betas", "service_tier"}
)
"""Top-level fields of a Messages request that Chat Completions has no word for."""
_THOUGHTS = ("thinking_blocks", "reasoning_content", "provider_specific_fields", "cache_control")
_NEW_LIMIT_NAME = re.compile(r"(?:.*/)?(?:gpt-[5-9]|o[1-9])")
_USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")
_CHAT_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_CHAT_PARTS = frozenset({"text", "image_url", "refusal"})
_MESSAGES_ROLES = frozenset({"user", "assistant", "system"})
_MESSAGES_PARTS = frozenset({"text", "image", "tool_use", "tool_result", "thinking", "redacted_thinking"})
OPEN_IMAGES = ("data:image/", "https://")


def has_new_limit_name(model: str) -> bool:
    """Whether the model wants its limit as `max_completion_tokens`; all others know `max_tokens`."""
    return bool(_NEW_LIMIT_NAME.match(model))


def require_sayable(request: Json, *, chat: bool) -> None:
    """Refuses content that the other dialect has no place for, or that the translator would download.

    The translator leaves out silently what it does not know; a prompt must never lose a part. Only images given as data
    or by https address pass: those are handed on, never opened here. `chat` tells a Chat Completions request.

    Raises:
        DialectUnsupported: something else is in a message.
    """
    roles, parts = (_CHAT_ROLES, _CHAT_PARTS) if chat else (_MESSAGES_ROLES, _MESSAGES_PARTS)
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise DialectUnsupported("the request has no messages")
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in roles:
            raise DialectUnsupported("a message has no role that both dialects know")
        for part in _parts(message.get("content")):
            if part.get("type") not in parts or not _is_open_image(part):
                raise DialectUnsupported("a part of a message cannot be said in the destination's dialect")


def _parts(content: object) -> Iterator[Json]:
    """The parts of a content, those inside tool results included."""
    pending = [content]
    while pending:
        value = pending.pop()
        if value is not None and not isinstance(value, (str, list)):
            raise DialectUnsupported("a message's content is neither text nor parts")
        for part in value if isinstance(value, list) else ():
            if not isinstance(part, dict):
                raise DialectUnsupported("a part of a message is no object")
            yield part
            pending.append(part.get("content"))


def _is_open_image(part: Json) -> bool:
    """Whether a part is no image, or one that nobody has to fetch from us."""
    if part.get("type") == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        return isinstance(url, str) and url.startswith(OPEN_IMAGES)
    if part.get("type") == "image":
        source = part.get("source")
        fields = source if isinstance(source, dict) else {}
        return fields.get("type") == "base64" or str(fields.get("url", "")).startswith("https://")
    return True


def as_system(messages: list[Json]) -> list[Json]:
    """Returns the messages of a chat with those of the developer as the system's: OpenAI alone tells the two apart."""
    return [one | {"role": "system"} if one["role"] == "developer" else one for one in messages]


def without_thinking(answer: Json) -> Json:
    """Returns a Messages answer without its thinking, which means nothing to another dialect's caller."""
    content = answer.get("content")
    blocks = content if isinstance(content, list) else []
    return answer | {"content": [block for block in blocks if not _is_thinking(block)]}


class ThinkingFilter:
    """Leaves the thinking blocks out of one Messages stream."""

    def __init__(self) -> None:
        self._hidden: set[object] = set()

    def keeps(self, event: Json) -> bool:
        """Whether the event is no part of a thinking block."""
        if event.get("type") == "content_block_start" and _is_thinking(event.get("content_block")):
            self._hidden.add(event.get("index"))
        of_block = str(event.get("type")).startswith("content_block_")
        return not (of_block and event.get("index") in self._hidden)


def _is_thinking(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")


def openai_request(made: Json, *, new_limit_name: bool) -> tuple[Json, tuple[str, ...]]:
    """Returns the request without what only Anthropic knows, and the names of what was left out."""
    dropped: set[str] = set()
    messages = made.get("messages")
    fresh = dict(made)
    fresh["messages"] = (
        [_without_thoughts(message, dropped) for message in messages] if isinstance(messages, list) else []
    )
    if new_limit_name and "max_tokens" in fresh:
        fresh["max_completion_tokens"] = fresh.pop("max_tokens")
    if fresh.get("stream"):
        fresh["stream_options"] = {"include_usage": True}
    return fresh, tuple(sorted(dropped))


def _without_thoughts(value: object, dropped: set[str]) -> object:
    if isinstance(value, list):
        return [_without_thoughts(item, dropped) for item in value]
    if not isinstance(value, dict):
        return value
    dropped.update(name for name in _THOUGHTS if name in value)
    return {name: _without_thoughts(item, dropped) for name, item in value.items() if name not in _THOUGHTS}


def openai_answer(made: Json) -> Json:
    """Returns the answer with the fields of the public reference only, thinking left out."""
    choices = made.get("choices")
    answer = {name: made.get(name) for name in ("id", "object", "created", "model")}
    answer["choices"] = [_choice(choice, "message") for choice in choices] if isinstance(choices, list) else []
    answer["usage"] = _usage(made.get("usage"))
    return answer


def openai_chunk(made: Json, *, is_first: bool) -> Json | None:
    """Returns one stream chunk, or `None` when it says nothing. The first one carries the role."""
    choices = made.get("choices")
    fresh = [_choice(choice, "delta") for choice in choices] if isinstance(choices, list) else []
    usage = made.get("usage")
    for choice in fresh:
        delta = choice["delta"]
        assert isinstance(delta, dict)  # noqa: S101  (made by `_choice`)
        if is_first:
            delta |= {"role": "assistant", "content": delta.get("content") or ""}
    is_end = any(choice.get("finish_reason") for choice in fresh)
    if not (is_first or is_end or any(choice["delta"] for choice in fresh)):
        return None
    chunk = {name: made.get(name) for name in ("id", "object", "created", "model")} | {"choices": fresh}
    return chunk | {"usage": _usage(usage)} if is_end and usage else chunk


def _choice(choice: Json, part: str) -> Json:
    content = choice.get(part)
    fields = content if isinstance(content, dict) else {}
    tools = fields.get("tool_calls")
    said: Json = {}
    if part == "message":
        said = {"role": "assistant", "content": fields.get("content")}
    elif fields.get("content"):
        said = {"content": fields["content"]}
    if isinstance(tools, list) and tools:
        said["tool_calls"] = [_tool_call(tool, with_index=part == "delta") for tool in tools]
    return {"index": 0, part: said, "logprobs": None, "finish_reason": choice.get("finish_reason")}


def _tool_call(tool: Json, *, with_index: bool) -> Json:
    names = ("index", "id", "type", "function") if with_index else ("id", "type", "function")
    call = {name: tool[name] for name in names if tool.get(name) is not None}
    function = tool.get("function")
    if isinstance(function, dict):
        call["function"] = {name: value for name, value in function.items() if value is not None}
    return call


def _usage(usage: object) -> Json:
    fields = usage if isinstance(usage, dict) else {}
    return {name: fields.get(name) or 0 for name in _USAGE}
