"""Chat answers of a destination that hosts MiniMax M3 and passes its text on raw, told apart.

Some hosts leave thinking and tool calls inside `content`, always or when their own parser guesses wrong (vLLM 46042,
50549). For destinations whose catalogue entry says `"answer_format": "minimax-m3"` the text is read here with the
in-house server's own parser: thinking becomes `reasoning_content`, calls become `tool_calls`. Whatever holds no marker
stays byte for byte.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from routers.wire.reading import integer, mapping, mappings, read_object
from routers.wire.sse import SseEvent, SseSplitter
from selfhost.m3_format import END_THINK, PREFIX, THINK, Call, Content, FormatStream, Piece, Reasoning, Schema

MINIMAX_M3 = "minimax-m3"
_MARKERS = (THINK, END_THINK, PREFIX)
_WHOLE_BYTES = 64 * 1024 * 1024

Json = dict[str, object]


class M3Answers:
    """Reads one answer. `asked` is the chat request it answers: it says which tools there are, and whether to think."""

    def __init__(self, asked: bytes) -> None:
        body = read_object(asked) or {}
        functions = [mapping(tool.get("function")) for _, tool in mappings(body.get("tools"))]
        self._schemas: dict[str, Schema] = {str(f.get("name")): mapping(f.get("parameters")) for f in functions}
        options = mapping(body.get("chat_template_kwargs"))
        self._thinking = options.get("thinking_mode") == "enabled"

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yields a stream's bytes. Raises what `chunks` and `SseSplitter.feed` raise."""
        splitter, choices = SseSplitter(), dict[int, _Choice]()
        async for chunk in chunks:
            for event in splitter.feed(chunk):
                for out in self._event(event, choices):
                    yield out
        for choice in choices.values():
            for out in choice.rest():
                yield out
        if rest := splitter.rest():
            yield rest

    async def whole(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yields an answer's bytes, in one piece when something in it had to be told apart."""
        pieces = [chunk async for chunk in chunks]
        source = b"".join(pieces)
        body = read_object(source) if len(source) <= _WHOLE_BYTES else None
        if body is None or not self._tell_apart(body):
            for piece in pieces:
                yield piece
            return
        yield orjson.dumps(body)

    def _tell_apart(self, body: Mapping[str, object]) -> bool:
        """Rewrites the messages of a body and returns whether there was anything to rewrite."""
        changed = False
        for place, choice in mappings(body.get("choices")):
            message = choice.get("message")
            if not isinstance(message, dict) or not _is_raw(message.get("content")):
                continue
            stream = self._reader(separated="reasoning_content" in message)
            pieces = [*stream.feed(str(message["content"])), *stream.finish()]
            message.update(_as_delta(pieces, _Numbers(place), streamed=False))
            message["content"] = message.get("content") or None
            if message.get("tool_calls") and isinstance(choice, dict):
                choice["finish_reason"] = "tool_calls"
            changed = True
        return changed

    def _reader(self, *, separated: bool) -> FormatStream:
        """When the host tells thoughts apart, or nobody asked for them, an answer does not begin inside one."""
        return FormatStream(self._schemas, thinking=self._thinking and not separated)

    def _event(self, event: SseEvent, choices: dict[int, _Choice]) -> Sequence[bytes]:
        body = read_object(event.data or b"")
        listed = [each for _, each in mappings((body or {}).get("choices"))]
        if body is None or len(listed) != 1:
            return (event.raw,)
        number = integer(listed[0].get("index")) or 0
        choice = choices.get(number)
        if choice is None:
            separated = bool(mapping(listed[0].get("delta")).get("reasoning_content"))
            choice = choices[number] = _Choice(_Numbers(number), self._reader(separated=separated))
        return choice.feed(event, body, listed[0])


@dataclass(slots=True)
class _Numbers:
    """Numbers a choice's calls."""

    choice: int
    calls: int = 0


@dataclass(slots=True)
class _Choice:
    """One choice of a stream. Events whose text is undecided are held, and go out as they came where they may."""

    numbers: _Numbers
    reader: FormatStream = field(repr=False)
    _held: list[SseEvent] = field(default_factory=list, repr=False)
    _text: str = field(default="", repr=False)
    _pieces: list[Piece] = field(default_factory=list, repr=False)

    def feed(self, event: SseEvent, body: Mapping[str, object], choice: Mapping[str, object]) -> Sequence[bytes]:
        """Returns what goes out now."""
        content, finish = mapping(choice.get("delta")).get("content"), choice.get("finish_reason")
        text = content if isinstance(content, str) else ""
        if text or (self._held and content == "" and finish is None):
            self._held.append(event)
            self._text += text
            self._pieces += self.reader.feed(text)
        elif finish is None:
            return (event.raw,)
        if finish is not None:
            return self._finish(event, body, choice, text)
        return () if self.reader.holding else self._release(body)

    def _finish(
        self, event: SseEvent, body: Mapping[str, object], choice: Mapping[str, object], text: str
    ) -> Sequence[bytes]:
        """The rest, and the event that says why it ended: because of calls, when there were any."""
        self._pieces += self.reader.finish()
        out = list(self._release(body))
        as_it_came = bool(out) and out[-1] is event.raw
        if not self.numbers.calls and (as_it_came or not text):
            return out if as_it_came else [*out, event.raw]
        last = {**choice, "finish_reason": "tool_calls" if self.numbers.calls else choice.get("finish_reason")}
        if as_it_came:
            out.pop()
        elif text:
            last["delta"] = {}
        return [*out, event.with_data(orjson.dumps({**body, "choices": [last]}))]

    def rest(self) -> Sequence[bytes]:
        """Returns what a stream that broke off leaves, as it came unless there is something to hide in it."""
        return () if _is_raw(self._text) else [each.raw for each in self._held]

    def _release(self, body: Mapping[str, object]) -> Sequence[bytes]:
        held, text, pieces = self._held, self._text, self._pieces
        self._held, self._text, self._pieces = [], "", []
        plain = all(isinstance(piece, Content) for piece in pieces)
        said = "".join(piece.text for piece in pieces if isinstance(piece, Content))
        # White space before an answer, or instead of one, may stay.
        if plain and (said in (text, text.lstrip("\n")) or not text.strip()):
            return [each.raw for each in held]
        if not pieces:
            return ()
        delta = _as_delta(pieces, self.numbers, streamed=True)
        return (_event(body, {"index": self.numbers.choice, "delta": delta, "finish_reason": None}),)


def _is_raw(content: object) -> bool:
    return isinstance(content, str) and any(marker in content for marker in _MARKERS)


def _as_delta(pieces: Sequence[Piece], numbers: _Numbers, *, streamed: bool) -> Json:
    """Pieces as the fields of a delta or a message; within one event the order of text and thoughts is lost."""
    found: Json = {}
    if thought := "".join(piece.text for piece in pieces if isinstance(piece, Reasoning)):
        found["reasoning_content"] = thought
    found["content"] = "".join(piece.text for piece in pieces if isinstance(piece, Content))
    if calls := [_call(piece, numbers, streamed=streamed) for piece in pieces if isinstance(piece, Call)]:
        found["tool_calls"] = calls
    return found


def _call(call: Call, numbers: _Numbers, *, streamed: bool) -> Json:
    place = numbers.calls
    numbers.calls += 1
    head: Json = {"index": place} if streamed else {}
    function = {"name": call.name, "arguments": call.arguments}
    return head | {"id": f"call_{numbers.choice}_{place}", "type": "function", "function": function}


def _event(body: Mapping[str, object], choice: Json) -> bytes:
    """A chunk like the one it stands for. Log probabilities and token counts do not survive: they speak of raw text."""
    return b"data: " + orjson.dumps({**body, "choices": [choice]}) + b"\n\n"
