"""Tokens of one answer become its events: text, thoughts, calls, and the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from selfhost.engine.request import Finish, Token
from selfhost.m3_format import Call, Content, FormatStream, Piece, Reasoning
from selfhost.serve.events import Called, Ended, Event, Reason, Scored, Text, Thought
from selfhost.serve.stops import StopStrings
from selfhost.serve.tokens import Detokenizer, Tokens


class PlainStream:
    """Stands in for `FormatStream` where text is only text."""

    holding = False

    def feed(self, text: str) -> list[Piece]:
        """Returns the text."""
        return [Content(text)] if text else []

    def finish(self) -> list[Piece]:
        """Returns nothing more."""
        return []


@dataclass(slots=True)
class Assembly:
    """State of one answer. Calls of tools that are not `callable` are dropped, and all after `most_calls`."""

    tokens: Tokens = field(repr=False)
    stream: FormatStream | PlainStream = field(repr=False)
    stops: StopStrings = field(repr=False)
    prompt_tokens: int
    callable: Collection[str] = ()
    scoring: bool = False
    most_calls: int = 1
    _count: int = 0
    _calls: int = 0
    _in: int = 0
    _out: int = 0
    _pending: list[Token] = field(default_factory=list, repr=False)
    _scored: deque[tuple[int, Token]] = field(default_factory=deque, repr=False)
    _text: Detokenizer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._text = Detokenizer(self.tokens)

    def feed(self, token: Token) -> Iterator[Event]:
        """Yields what this token makes certain. After `Ended` nothing follows."""
        self._count += 1
        if token.finish is not Finish.STOP:
            self._pending.append(token)
            text = self._text.feed(token.id)
            yield from self._events(self.stream.feed(text))
            if text and not self.stream.holding:  # a marker, if no text was made of it
                self._pending.clear()
        if self.stops.found is not None:
            yield self._ended(Reason.STOP)
        elif token.finish is not None:
            yield from self._events([*self.stream.feed(self._text.finish()), *self.stream.finish()])
            yield from self._rest()
            calls = Reason.CALLS if self._calls else Reason.STOP
            yield self._ended(Reason.LENGTH if token.finish is Finish.LENGTH else calls)

    def _rest(self) -> Iterator[Event]:
        if rest := self.stops.finish():
            yield self._shown(rest)

    def _ended(self, reason: Reason) -> Ended:
        return Ended(reason, self.prompt_tokens, self._count, self.stops.found)

    def _events(self, pieces: list[Piece]) -> Iterator[Event]:
        for piece in pieces:
            if isinstance(piece, Call):
                self._pending.clear()
                if piece.name in self.callable and self._calls < self.most_calls:
                    self._calls += 1
                    yield Called(piece)
            else:
                yield from self._said(piece)
            if self.stops.found is not None:
                return

    def _said(self, piece: Reasoning | Content) -> Iterator[Event]:
        if isinstance(piece, Reasoning):
            self._pending.clear()
            yield Thought(piece.text)
            return
        if self.scoring:
            self._scored.extend((self._in, token) for token in self._pending)
        self._pending.clear()
        self._in += len(piece.text)
        if shown := self.stops.feed(piece.text):
            yield self._shown(shown)

    def _shown(self, text: str) -> Text:
        """The text with the tokens that begin in what has been shown: those of a stop string never are."""
        self._out += len(text)
        scored: list[Scored] = []
        while self._scored and self._scored[0][0] < self._out:
            scored.append(self._score(self._scored.popleft()[1]))
        return Text(text, tuple(scored))

    def _score(self, token: Token) -> Scored:
        best = tuple((self.tokens.bytes_of(other), logprob) for other, logprob in token.alternatives)
        return Scored(self.tokens.bytes_of(token.id), token.logprob, best)
