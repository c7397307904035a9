"""What came out of a document."""

from __future__ import annotations

from dataclasses import dataclass, field

LARGEST_BYTES = 32 * 1024 * 1024
"""Of a document, and of all that it unpacks to."""
MOST_CHARACTERS = 8 * 1024 * 1024


class Unreadable(Exception):
    """The document is damaged, sealed, too large, or of no kind that is read. Names no content."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The texts of a document. It is `complete` when nothing else was in there: no picture, no file, nothing sealed.

    A document that is not complete stays opaque, whatever was found in its texts.
    """

    texts: tuple[str, ...] = field(repr=False)
    complete: bool


NOTHING = Extracted((), complete=False)
"""What an unreadable document gives."""


def bounded(texts: list[str], *, complete: bool) -> Extracted:
    """Returns the texts that are not blank. Raises `Unreadable` when there is more than may be read."""
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise Unreadable("more text than is read")
    return Extracted(tuple(text for text in texts if text.strip()), complete=complete)
