"""Overlapping windows of a long text: an engine whose cost grows with the square of the length becomes linear."""

from __future__ import annotations

from collections.abc import Iterator

WINDOW = 2_560
"""Longest window, code points."""
OVERLAP = 512
"""Code points two neighbours share: more than the longest thing looked for (an e-mail address has at most 320)."""


def windows(text: str, size: int = WINDOW, overlap: int = OVERLAP) -> Iterator[tuple[int, int]]:
    """Yields `(start, end)` of windows that cover the text, in order, cut at white space where there is any."""
    start = 0
    while len(text) - start > size:
        end = _cut_before(text, start + size, overlap // 2)
        yield start, end
        start = _cut_before(text, end - overlap, overlap // 4)
    yield start, len(text)


def _cut_before(text: str, place: int, reach: int) -> int:
    """The place after the last white space within `reach` before `place`, else `place` itself."""
    for index in range(place, place - reach, -1):
        if text[index - 1].isspace():
            return index
    return place
