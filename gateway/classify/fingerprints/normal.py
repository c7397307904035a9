"""The letters and digits of a text, lower-cased, and where each of them stands. Layout, case and width do not count."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.keying import Places

Codes = NDArray[np.uint8] | NDArray[np.uint32]
_ASCII_FORMS = bytes(ord(chr(c).lower()) if chr(c).isalnum() else 0 for c in range(128)).ljust(256, b"\0")
_IDEOGRAPHS = 0x2E80
"""From here on, scripts that write no spaces between words: every character counts as a word."""


@dataclass(frozen=True, slots=True)
class Normal:
    """`codes[i]` is the normalised character that stands at code point `places[i]` of the text."""

    codes: Codes = field(repr=False)
    places: Places = field(repr=False)

    def words(self) -> tuple[Places, Places]:
        """Returns where each word begins and ends in `codes`: characters that stand side by side in the text."""
        if self.codes.size == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        begins = np.ones(self.codes.size, np.bool_)
        begins[1:] = np.diff(self.places) > 1
        if int(self.codes.max()) >= _IDEOGRAPHS:
            wide = self.codes >= _IDEOGRAPHS
            begins |= wide
            begins[1:] |= wide[:-1]
        starts = np.flatnonzero(begins)
        return starts, np.append(starts[1:], self.codes.size)


def normalise(text: str) -> Normal:
    """Returns the normal form. Any text; linear."""
    forms = _forms(text)
    places = (forms != 0).nonzero()[0]
    return Normal(forms[places], places)


def _forms(text: str) -> Codes:
    if text.isascii():
        return np.frombuffer(text.encode("ascii").translate(_ASCII_FORMS), np.uint8)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    distinct, which = np.unique(points, return_inverse=True)
    return np.array([_form(int(point)) for point in distinct], np.uint32)[which]


def _form(point: int) -> int:
    """The lower-case compatibility form of one character, or 0. One character for one: offsets stay simple."""
    if point < 128:
        return _ASCII_FORMS[point]
    character = unicodedata.normalize("NFKC", chr(point))[:1].lower()[:1]
    return ord(character) if character.isalnum() else 0
