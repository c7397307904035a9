"""Chat Completions, gone on with. `continue_final_message`: the answer goes on where the assistant's last message ends.

Source: vLLM's extra parameters of the chat API, which the in-house server shares.
"""

from __future__ import annotations

from collections.abc import Mapping

from routers.wire.reading import mapping, mappings

Json = dict[str, object]
_THOUGHT, _END_THOUGHT = "<think>", "</think>"


def begun(events: list[Json]) -> tuple[str, Mapping[str, object]] | None:
    """Returns the text that was shown and the fields that every chunk of an answer has alike.

    A thought inside the text that did not end cannot be gone on with: its end could not be told.
    """
    said, head = "", events[0] if events else {}
    for event in events:
        for _, choice in mappings(event.get("choices")):
            delta = mapping(choice.get("delta"))
            if choice.get("finish_reason") or delta.get("tool_calls") or delta.get("refusal"):
                return None
            content = delta.get("content")
            said += content if isinstance(content, str) else ""
    if said.lstrip().startswith(_THOUGHT) and _END_THOUGHT not in said:
        return None
    return said, {name: head[name] for name in ("id", "created") if name in head}


def continued(body: Json, said: str) -> Json | None:
    """Returns the request with what was said as the assistant's last message."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or body.get("n") not in (None, 1):
        return None
    further = [*messages, {"role": "assistant", "content": said}]
    if body.get("continue_final_message") is True:
        last = mapping(messages[-1])
        before = last.get("content")
        if not isinstance(before, str):
            return None
        further = [*messages[:-1], {**last, "content": before + said}]
    return {**body, "messages": further, "continue_final_message": True, "add_generation_prompt": False}


class Fit:
    """Puts the chunks of the rest under the first answer's id."""

    def __init__(self, place: Mapping[str, object]) -> None:
        self._place = place

    def fit(self, event: Json) -> list[Json]:
        """Returns the chunk; one that only opens an answer is left out."""
        choices = [choice for _, choice in mappings(event.get("choices"))]
        if choices and not any(choice.get("finish_reason") or _says(choice) for choice in choices):
            return []
        return [event if "error" in event else {**event, **self._place}]


def _says(choice: Mapping[str, object]) -> bool:
    return any(value for name, value in mapping(choice.get("delta")).items() if name != "role")
