"""An ASCII shadow of any text: the same number of characters, the same word boundaries.

The pattern engine reads ASCII only (its word, digit and space classes are ASCII). Mapping each character to one ASCII
character of the same class keeps offsets equal and keeps "nothing found in the shadow" a proof for the text:

* a decimal digit of any script becomes that digit,
* a word character becomes its compatibility letter where it has one (full-width forms, the Kelvin sign), else `a`,
* white space becomes a space, a dash a hyphen, any other character its compatibility form or DEL.

Characters younger than Python's own Unicode data are unassigned there and become DEL.
"""

from __future__ import annotations

import unicodedata

_WORD_MARKS = frozenset("LM")
_WORD_CATEGORIES = frozenset(("Nd", "Nl", "Pc"))
_JOINERS = frozenset("\u200c\u200d")
_CASE_FOLDS = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that a case-insensitive pattern takes for an ASCII letter."""
DELETE = "\x7f"
_VERTICAL_TAB, _FORM_FEED = b"\v", b"\f"
"""The first is white space to Presidio's patterns and not to the pattern engine; the second is to both."""


class Shadow(dict[int, int]):
    """The mapping, filled as characters are met; at most one entry per code point."""

    def __missing__(self, code_point: int) -> int:
        """Returns and keeps the shadow of a character met for the first time."""
        shadow = ord(shadow_of(chr(code_point)))
        self[code_point] = shadow
        return shadow

    def of(self, text: str) -> bytes:
        """Returns the shadow: one byte per code point."""
        if text.isascii():
            return text.encode("ascii").replace(_VERTICAL_TAB, _FORM_FEED)
        return text.translate(self).encode("ascii")


class OwnLetters(Shadow):
    """The shadow in which letters beyond ASCII are `_`, unless a case-insensitive pattern takes them for ASCII ones."""

    def __missing__(self, code_point: int) -> int:
        """Returns and keeps the shadow of a character met for the first time."""
        character = chr(code_point)
        shadow = shadow_of(character)
        is_own = character.isascii() or character in _CASE_FOLDS or not (shadow.isalpha() or shadow == "_")
        self[code_point] = ord(shadow if is_own else "_")
        return self[code_point]


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
