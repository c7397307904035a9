"""For endpoints whose answers hold no text and are never streamed: vectors and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routers.types import Usage
from routers.wire.dialect import Slot
from routers.wire.sse import SseSplitter


def no_slots(data: Mapping[str, object]) -> Iterator[Slot]:
    """Yields nothing: there is no text in it."""
    del data
    return iter(())


class SilentWatch:
    """A stream that should not be: it never counts as complete."""

    def __init__(self) -> None:
        self.complete = False
        self.error_body: bytes | None = None
        self.usage = Usage()
        self.model: str | None = None
        self.kept_ids: tuple[str, ...] = ()
        self._splitter = SseSplitter()

    def feed(self, piece: bytes) -> None:
        """Only bounds what is held. Raises `EventTooLarge`."""
        self._splitter.feed(piece)
