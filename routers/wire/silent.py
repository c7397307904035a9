"""For endpoints whose answers are never streamed."""

from __future__ import annotations

from routers.types import Usage
from routers.wire.sse import SseSplitter


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
