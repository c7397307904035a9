"""Is this value a credential, or a stand-in, a variable, a digest, a word?

Context features decide more than entropy: CredSweeper's published comparison finds four times what rules and entropy
alone find.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from enum import StrEnum
from itertools import pairwise

from gateway.classify.secrets import shapes


class Setting(StrEnum):
    """How a value stands in its text."""

    QUOTED = "quoted"
    BARE = "bare"
    PROSE = "prose"
    """After words like "the password is", where most words are words."""


_PASSWORD_CHARACTERS = range(4, 129)
_KEY_CHARACTERS = range(12, 513)
_LEAST_BITS = 3.0
_PUNCTUATION = "-'’._/,:"
"""Stands in words and identifiers too."""
_SEPARATORS = re.compile(r"[-_:./]")
_HUMPS = re.compile(r"[A-Z]?[a-z]{3,}(?:[A-Z][a-z]{3,})+")
_MOST_DIGITS_OF_A_NAME = 1


def is_dull(value: str) -> bool:
    """Returns whether a value that has a documented form is nevertheless a stand-in: `sk_live_xxxxxxxx`."""
    tail = value[-24:]
    return shapes.DULL.is_in(value) or len(set(tail)) * 4 < len(tail) or _is_name(value)


def _is_name(value: str) -> bool:
    """One case, separators and no digit after the prefix: a CSS class, an option, a file name."""
    body = _SEPARATORS.split(value, maxsplit=1)[-1]
    is_one_case = body in (body.lower(), body.upper())
    return len(body) > 12 and is_one_case and not _has_digit(body) and _SEPARATORS.search(body) is not None


def is_password(value: str, label: str, setting: Setting) -> bool:
    """Returns whether a value beside a word for "password" is one. `label` is the whole name it stands under."""
    if len(value) not in _PASSWORD_CHARACTERS or " " in value or is_stand_in(value) or _is_label(value, label):
        return False
    if (
        _is_reference(value)
        or shapes.TECHNIQUE.fits(value)
        or shapes.FILE.fits(value)
        or (setting is not Setting.QUOTED and shapes.CODE.is_in(value))
    ):
        return False
    if shapes.MEASURE.fits(value):
        return setting is Setting.QUOTED and value.isdigit() and len(value) >= 6
    if setting is Setting.QUOTED:
        return _is_mixed(value) or (len(value) >= 6 and value.isalpha() and value.islower())
    return _is_mixed(value) and not shapes.PATH.fits(value)


def is_key(value: str, label: str, setting: Setting) -> bool:
    """Returns whether a value beside a word for "secret", "token" or "key" is a random one."""
    if len(value) not in _KEY_CHARACTERS or is_stand_in(value) or shapes.PATTERN.is_in(value):
        return False
    if any(
        shape.fits(value) for shape in (shapes.UUID, shapes.SUBRESOURCE, shapes.ADDRESS, shapes.MEASURE, shapes.FILE)
    ):
        return False
    if shapes.DIGEST.fits(value):
        return setting is Setting.QUOTED and len(value) <= 64 and shapes.SECRET_NAME.is_in(label)
    if setting is Setting.BARE and (not _has_digit(value) or shapes.CODE.is_in(value)):
        return False
    return _is_random(value)


def is_strong(value: str) -> bool:
    """Returns whether a value has letters, digits and a sign that no word, name or number has."""
    has_symbol = any(not c.isalnum() and c not in _PUNCTUATION and c not in '()[]{}<>="' for c in value[:-1])
    return has_symbol and _has_digit(value) and any(map(str.isalpha, value))


def is_stand_in(value: str) -> bool:
    """Returns whether a value only shows where the real one goes: `${VAR}`, `<your-key>`, `xxxx`, `changeme`."""
    return "…" in value or shapes.STAND_IN.is_in(value) or len(set(value)) < 3


def bits_per_character(value: str) -> float:
    """Returns the Shannon entropy of a value's characters, bits."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def _is_label(value: str, label: str) -> bool:
    """`password: Password`, `"pwd": "pwd"`, `password: str`, `"password": "user_password"`: names, not values."""
    lowered = value.lower()
    if lowered in shapes.NOT_VALUES:
        return True
    return not _has_digit(value) and (lowered == label.lower() or shapes.LABEL.fits(value))


def _is_mixed(value: str) -> bool:
    """Letters with digits or symbols, or capitals in the middle of a word: what passwords have and words have not."""
    has_letter, has_digit = any(map(str.isalpha, value)), _has_digit(value)
    has_symbol = any(not c.isalnum() and c not in _PUNCTUATION for c in value)
    if has_letter and (has_digit or has_symbol):
        return not shapes.WORDS.fits(value) and not (
            shapes.IDENTIFIER.fits(value) and value[:-1].islower() and len(value) < 6
        )
    return has_digit and has_symbol


def _is_reference(value: str) -> bool:
    """Whether a value is an expression of a program: a name, an attribute, a call."""
    if not shapes.REFERENCE.fits(value):
        return False
    return any(c in value for c in "([") or sum(map(str.isdigit, value)) <= _MOST_DIGITS_OF_A_NAME


def _is_random(value: str) -> bool:
    """Two kinds of characters at least, little repetition, no words joined by separators."""
    if "(" in value or " " in value or value.count(".") > 3:
        return False
    if _has_digit(value) + (value != value.lower()) + (value != value.upper()) < 2 or _is_joined(value):
        return False
    return bits_per_character(value) >= min(_LEAST_BITS, math.log2(len(value)) * 0.8)


def _is_joined(value: str) -> bool:
    """Words, perhaps with a number at their end, joined by separators or by capitals: a name of something."""
    return all(_is_word(part) for part in _SEPARATORS.split(value.strip("'")))


def _is_word(part: str) -> bool:
    letters = part.rstrip("0123456789")
    digits = len(part) - len(letters)
    if not letters:
        return digits < 6
    return letters.isalpha() and digits <= 4 and not _is_scrambled(letters)


def _is_scrambled(word: str) -> bool:
    """Whether capitals fall as in noise: names change case once in three letters or more, noise every other."""
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(word))
    return len(word) >= 6 and changes >= len(word) * 0.35 and _HUMPS.fullmatch(word) is None


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))
