"""Stop strings: found across tokens, never shown, not even their beginning."""

from __future__ import annotations

from collections.abc import Sequence


class StopStrings:
    """Watches the text of one answer."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.found: str | None = None

    def feed(self, text: str) -> str:
        """Returns what is certainly before any stop string. After one was found, nothing more comes."""
        if self.found is not None:
            return ""
        self._held += text
        places = [(place, stop) for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if places:
            place, self.found = min(places, key=lambda each: (each[0], -len(each[1])))
            shown, self._held = self._held[:place], ""
            return shown
        keep = self._open_end()
        shown, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return shown

    def finish(self) -> str:
        """Returns what was held back, because the answer ended before it became a stop string."""
        shown, self._held = self._held, ""
        return shown

    def _open_end(self) -> int:
        longest = min(len(self._held), max(map(len, self._stops), default=1) - 1)
        ends = (size for size in range(longest, 0, -1) if any(s.startswith(self._held[-size:]) for s in self._stops))
        return next(ends, 0)
