"""The ASCII shadow for identifiers: scripts that write no spaces between words are no part of a word.

In `号码是11010519491231002X的` a number stands free, although letters stand on both sides.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.classify.detector import Passage
from gateway.classify.shadow import DELETE, Shadow, shadow_of

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x9FFF),  # radicals, kana, ideographs
    (0xAC00, 0xD7AF),  # Hangul syllables, which carry particles without a space
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class EdgeShadow(Shadow):
    """The shadow in which letters of unspaced scripts are DEL. Digits of every script stay digits."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_edge_of)

    def reading(self, passage: Passage) -> Passage:
        """Returns the passage with this shadow; the passage itself when it is ASCII."""
        return passage if passage.text.isascii() else replace(passage, shadow=self.of(passage.text))


def _edge_of(character: str) -> str:
    is_unspaced = any(first <= ord(character) <= last for first, last in _UNSPACED)
    return DELETE if is_unspaced and not character.isdecimal() else shadow_of(character)
