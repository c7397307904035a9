"""Characters that nobody sees: zero-width, direction controls, blanks, marks that strike letters through.

Source: Unicode, `Default_Ignorable_Code_Point` and the combining diacritical marks; UTR 36, section 2.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.characters import has_beyond
from gateway.classify.views.rewriting import Substitution

_IGNORED_RANGES = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFD),
)  # fmt: skip
_BEYOND_RANGES = ((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF))
"""Ignored as well. `re` tries what lies beyond the basic plane one by one, so they have patterns of their own."""
_MARK_RANGES = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_IN_PLANE, _BEYOND, _MARKS = (
    "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    for ranges in (_IGNORED_RANGES, _BEYOND_RANGES, _MARK_RANGES)
)
_IGNORED = _IN_PLANE + _BEYOND
CHARACTERS = frozenset(
    chr(point) for first, last in (*_IGNORED_RANGES, *_BEYOND_RANGES, *_MARK_RANGES) for point in range(first, last + 1)
)
"""What may be taken out."""
_SEEN = r"\x20-\x7e"
_GATE = re.compile(rf"[{_SEEN}][{_IN_PLANE}{_MARKS}]|[{_IN_PLANE}][!-~]|^[{_IN_PLANE}]|\u202e")
_GATE_BEYOND = re.compile(rf"[{_SEEN}][{_BEYOND}]|[{_BEYOND}][!-~]|^[{_BEYOND}]")
_HIDDEN = re.compile(rf"(?:(?<=[{_SEEN}])|^)[{_IGNORED}{_MARKS}]+|[{_IGNORED}]+(?=[!-~])")
_TAGS = re.compile(r"[\U000e0020-\U000e007e]{4,}")
"""Characters that spell ASCII without being seen; a model reads them. Flags have some as well, and mean no harm."""
_REVERSED = re.compile(r"\u202e([^\u202c\u2069\n]{1,512})[\u202c\u2069]?")


def may_have(text: str) -> bool:
    """Whether anything is taken out. Between letters of other scripts such characters are spelling and stay."""
    return _GATE.search(text) is not None or (has_beyond(text) and _GATE_BEYOND.search(text) is not None)


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields an empty one per run, and the text as it is seen for a run that is shown right to left."""
    for match in _REVERSED.finditer(text):
        if match.group(1).isascii():
            yield Substitution(*match.span(), match.group(1)[::-1])
    for match in _HIDDEN.finditer(text):
        yield Substitution(*match.span(), "")


def has_tags(text: str) -> bool:
    """Whether a text holds words that are spelt in tags."""
    return has_beyond(text) and _TAGS.search(text) is not None


def tags(text: str) -> Iterator[Substitution]:
    """Yields what each run of tags spells. Elsewhere they are taken out, because they can also part visible words."""
    for run in _TAGS.finditer(text):
        spelt = "".join(chr(ord(tag) - 0xE0000) for tag in run.group())
        yield Substitution(*run.span(), f" {spelt} ")
