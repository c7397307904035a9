"""An ASCII shadow of any text: the same number of characters, the same word boundaries.

The pattern engine reads ASCII only (its word, digit and space classes are ASCII). Mapping each character to one ASCII
character of the same class keeps offsets equal and keeps "nothing found in the shadow" a proof for the text:

* a decimal digit of any script becomes that digit,
* a word character becomes its compatibility letter where it has one (full-width forms, the Kelvin sign), else `a`,
* white space becomes a space, a dash a hyphen, any other character its compatibility form or DEL.

Characters younger than Python's own Unicode data are unassigned there and become DEL.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import numpy as np

_WORD_MARKS = frozenset("LM")
_WORD_CATEGORIES = frozenset(("Nd", "Nl", "Pc"))
_JOINERS = frozenset("\u200c\u200d")
_CASE_FOLDS = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that a case-insensitive pattern takes for an ASCII letter."""
DELETE = "\x7f"
_VERTICAL_TAB, _FORM_FEED = b"\v", b"\f"
"""The first is white space to Presidio's patterns and not to the pattern engine; the second is to both."""
_MET = 0x80
"""Marks what a table knows: no ASCII character has this bit."""
_PIECE = 1 << 16
"""Code points mapped at a time: bounds the room that their numbers take."""


class Shadow:
    """The mapping, filled as characters are met: one octet for each of them, whatever is sent. Safe to share."""

    __slots__ = ("_stands_for", "_table")

    def __init__(self, stands_for: Callable[[str], str] | None = None) -> None:
        """Takes what names the ASCII character for one character; `shadow_of` if nothing does."""
        self._stands_for = stands_for or shadow_of
        # Untouched pages of it take no memory.
        self._table = np.zeros(sys.maxunicode + 1, np.uint8)

    def of(self, text: str) -> bytes:
        """Returns the shadow: one byte per code point."""
        if text.isascii():
            return text.encode("ascii").replace(_VERTICAL_TAB, _FORM_FEED)
        return b"".join(self._of_piece(text[start : start + _PIECE]) for start in range(0, len(text), _PIECE))

    def _of_piece(self, piece: str) -> bytes:
        points = np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), np.uint32)
        marked = self._table.take(points)
        if marked.min() < _MET:
            for point in np.unique(points[marked < _MET]).tolist():
                self._table[point] = _MET | ord(self._stands_for(chr(point)))
            marked = self._table.take(points)
        marked &= _MET - 1
        return marked.tobytes()


class OwnLetters(Shadow):
    """The shadow in which letters beyond ASCII are `_`, unless a case-insensitive pattern takes them for ASCII ones."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(own_letter_of)


def own_letter_of(character: str) -> str:
    """Returns what stands for one character where letters stand for themselves alone."""
    shadow = shadow_of(character)
    is_own = character.isascii() or character in _CASE_FOLDS or not (shadow.isalpha() or shadow == "_")
    return shadow if is_own else "_"


def shadow_of(character: str) -> str:
    """Returns the ASCII character that stands for one character."""
    if character.isascii():
        return "\f" if character == "\v" else character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character.isspace():
        return " "
    form = _CASE_FOLDS.get(character) or unicodedata.normalize("NFKC", character)
    is_ascii = len(form) == 1 and form.isascii()
    if category[0] in _WORD_MARKS or category in _WORD_CATEGORIES or character in _JOINERS or _is_circled(character):
        return form if is_ascii and (form.isalpha() or form == "_") else "a"
    if category == "Pd":
        return "-"
    return form if is_ascii and not form.isalnum() and form not in "_ " else DELETE


def _is_circled(character: str) -> bool:
    """Circled and squared Latin letters count as alphabetic (Unicode `Other_Alphabetic`)."""
    point = ord(character)
    return 0x24B6 <= point <= 0x24E9 or any(
        a <= point <= b for a, b in ((0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
    )
