"""Upstreams that say back what they were told, in any pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import orjson

from tests.fakes.answers import anthropic_answer, anthropic_events, openai_answer, openai_events
from tests.fakes.upstream import Answering, Fate, Heard, stream, whole

TOKEN = re.compile(r"\[\[[A-Z]+_[0-9A-Z_]+\]\]")


def said(heard: Heard) -> str:
    """The text of the last message as the upstream got it."""
    content = orjson.loads(heard.body)["messages"][-1]["content"]
    assert isinstance(content, str)
    return content


def tokens(heard: Heard) -> list[str]:
    """The placeholders in the last message."""
    return TOKEN.findall(said(heard))


def cut(text: str, size: int) -> list[str]:
    """The text in pieces of this many characters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def echo(kind: str) -> Answering:
    """Says the last message back, whole. `kind` is the dialect: `openai` or `anthropic`."""
    answer: Callable[[str], bytes] = openai_answer if kind == "openai" else anthropic_answer
    return lambda heard: whole(answer(said(heard)))


def echo_stream(kind: str, *, delta_characters: int, chunk_bytes: int) -> Answering:
    """Says the last message back in deltas of some characters, cut into chunks of some bytes, wherever they end."""
    events: Callable[[Sequence[str]], list[bytes]] = openai_events if kind == "openai" else anthropic_events
    return lambda heard: in_chunks(events(cut(said(heard), delta_characters)), chunk_bytes)


def in_chunks(events: Sequence[bytes], size: int) -> Fate:
    """A streamed answer whose pieces are no events but so many bytes each."""
    wire = b"".join(events)
    return stream([wire[at : at + size] for at in range(0, len(wire), size)])


def arguments_of(heard: Heard) -> str:
    """Tool arguments, as JSON source, that hold everything the upstream was told."""
    found = tokens(heard)
    return orjson.dumps({"to": found, "note": said(heard), "nested": {found[0]: f"<{found[-1]}>"}}).decode()
