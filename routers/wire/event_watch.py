"""What every watch of a stream does: takes events from pieces and looks into those that may say something new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from routers.types import Usage
from routers.wire.sse import SseEvent, SseSplitter


@dataclass(slots=True)
class EventWatch:
    """Satisfies `routers.wire.dialect.StreamWatch`.

    `may_tell` is a search of bytes before any parse: whether a piece, of one event or several, may say something new.
    `note` reads one such event and sets what it learns on the watch.
    """

    may_tell: Callable[[bytes], bool]
    note: Callable[[EventWatch, SseEvent], None]
    complete: bool = False
    error_body: bytes | None = field(default=None, repr=False)
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    kept_ids: tuple[str, ...] = ()
    _splitter: SseSplitter = field(default_factory=SseSplitter, repr=False)

    def feed(self, piece: bytes) -> None:
        """Notes what the piece says. Raises `EventTooLarge`."""
        if self._splitter.empty and piece.endswith(b"\n\n") and not self.may_tell(piece):
            return
        for event in self._splitter.feed(piece):
            if self.may_tell(event.raw):
                self.note(self, event)


def silent_watch() -> EventWatch:
    """For a stream that should not be: it never counts as complete, and what is held of it is bounded."""
    return EventWatch(lambda _: False, lambda _, __: None)
