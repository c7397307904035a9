"""Numbers spelt digit by digit, as people say them: `four one one one`, `vier eins eins`, `四一一一`, `double one`.

Seven digits in a row: nothing else is said so. English, German, French, Spanish, Italian, Dutch, Portuguese, Chinese
and Japanese; numbers of more digits (`forty-one eleven`, `quatre-vingt`) are not put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.detector import Passage
from gateway.classify.views.rewriting import Substitution

_SPELT = """
0 zero oh null nul zéro cero | 1 one eins ein un une uno een um | 2 two zwei zwo deux dos due twee dois | 3 three drei
trois tres tre drie três | 4 four vier quatre cuatro quattro quatro | 5 five fünf fuenf cinq cinco cinque vijf | 6 six
sechs seis sei zes | 7 seven sieben sept siete sette zeven sete | 8 eight acht huit ocho otto oito | 9 nine neun neuf
nueve nove negen
"""
_DIGITS = {word: row.split()[0] for row in _SPELT.split("|") for word in row.split()[1:]}
_TIMES = {"double": 2, "doppel": 2, "doble": 2, "triple": 3, "treble": 3}
_IDEOGRAPHS = dict(zip("零〇一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖", "001234567891122334566789", strict=True))
_LEAST = 7
_SPACE = r"[ ,.\-]{1,2}"


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_SHADOWS = _any_of(sorted({"".join(c if c.isascii() else "a" for c in word) for word in _DIGITS} | _TIMES.keys()))
GATE = rf"(?i)\b(?:(?:{_SHADOWS}){_SPACE}){{5}}"
"""RE2, over the shadow, in which a letter with an accent is an `a`."""
_WORD = rf"(?:(?:{_any_of(list(_TIMES))}){_SPACE})?(?:{_any_of(list(_DIGITS))})"
_RUN = re.compile(rf"(?i)(?<![^\W_])(?:{_WORD}{_SPACE}){{3,}}{_WORD}(?![^\W_])")
_EACH = re.compile(r"[^\W_]+")
_IDEOGRAPH = f"[{''.join(_IDEOGRAPHS)}]"
_WRITTEN = re.compile(rf"{_IDEOGRAPH}{{{_LEAST},}}")
_LETTERS = b"a" * _LEAST
"""What so many letters of other scripts are in the shadow: hardly ever anywhere but in Chinese and Japanese."""


def may_have(passage: Passage) -> bool:
    """Whether a number is spelt in ideographs."""
    return _LETTERS in passage.shadow and _WRITTEN.search(passage.text) is not None


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per number of seven digits and more."""
    for run in _RUN.finditer(text):
        if len(digits := _digits(run.group().lower())) >= _LEAST:
            yield Substitution(*run.span(), digits)
    if not text.isascii():
        for run in _WRITTEN.finditer(text):
            yield Substitution(*run.span(), f" {''.join(_IDEOGRAPHS[each] for each in run.group())} ")


def _digits(words: str) -> str:
    found, times = "", 1
    for word in _EACH.findall(words):
        if word in _TIMES:
            times = _TIMES[word]
        else:
            found += _DIGITS[word] * times
            times = 1
    return found
