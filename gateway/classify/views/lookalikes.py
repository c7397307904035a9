"""Characters that look like ASCII: full-width and mathematical forms, digits of other scripts, homoglyphs.

Compatibility forms come from Python's Unicode data (NFKD); homoglyphs are a list of our own, after UTS 39's idea of a
skeleton. A homoglyph counts only beside an ASCII letter, digit or `@` in the same word: Russian and Greek words stay.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator

from gateway.classify.views.characters import AnyOf, character_class
from gateway.classify.views.rewriting import Substitution

_COMPATIBILITY_BLOCKS = (
    (0x00B2, 0x00BA), (0x02B0, 0x02E4), (0x1D2C, 0x1D6A), (0x2024, 0x2024), (0x2070, 0x209C), (0x2100, 0x214F),
    (0x2460, 0x24FF), (0x2C7C, 0x2C7D), (0xFE33, 0xFE6B), (0xFF01, 0xFF61), (0x1D400, 0x1D7FF), (0x1F100, 0x1F189),
)  # fmt: skip
_DIGIT_BLOCKS = ((0x0660, 0x1A99), (0x1B50, 0x1C59), (0xA620, 0xABF9), (0x104A0, 0x11DA9), (0x1E140, 0x1FBF9))
_CIRCLED_DIGITS = (0x2776, 0x2793)
_CIRCLED_LETTERS = (0x1F150, 0x1F170)
"""Filled circles and squares: Unicode says which digit they are, and of letters only the name."""
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_+%/:#=()")
_HOMOGLYPHS = (
    "Cyrillic аa вB гr еe ёe кk мm нH оo пn рp сc тt уy фo хx ьb эe ѕs іi їi јj һh ԁd ԛq ԝw ӏl ѵv ѡw ҽe ԍG "
    "АA ВB ЕE ЗZ ІI ЇI ЈJ КK МM НH ОO РP СC ЅS ТT УY ХX ҮY ԌG ԚQ ԜW ӀI ѴV "
    "Greek αa βb γy δd εe ζz ηn θO ιi κk λl μu νv ξE οo πn ρp σo ςc τt υu φf χx ψw ωw ϲc ϳj "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ϺM "
    "Armenian օo ոn սu հh ցg զq յj ւu գq ԼL ՕO ՍU ՏS "
    "Cherokee ᎠD ᎡR ᎢT ᎪA ᎫJ ᎬE ᎳW ᎷM ᎻH ᎽY ᏀG ᏃZ ᏎS ᏕS ᏙV ᏚS ᏟC ᏢP ᏦK ᏞL ᏴB "
    "Latin ıi ɑa ɡg ɩi ʏy ɪi ɴn ʀr ʜh ʟl ɢg ʙb ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ǀl ɒa ᴦr ɔc "
    "Punctuation ․. ‧. ∙. ⋅. ‐- ‑- ‒- –- —- −- ‚, ⁄/ ∕/ ﹫@"
)
_GAPS = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
                  "\u3002\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff0d\uff70")  # fmt: skip
"""White space, dashes and a full stop: they count between digits and letters, where identifiers have them."""
_BETWEEN = re.compile(f"[0-9A-Za-z)]([{''.join(sorted(_GAPS))}])(?=[0-9A-Za-z(+])")
_ASCII = "[A-Za-z0-9@]"
_HALF_WORD = 128


def lookalike_table() -> dict[str, str]:
    """Returns what each compatibility form or foreign digit stands for: one ASCII character that identifiers have."""
    table: dict[str, str] = {}
    for first, last in _COMPATIBILITY_BLOCKS:
        for character in map(chr, range(first, last + 1)):
            form = unicodedata.normalize("NFKD", character).strip("()")
            if not character.isascii() and form in _IDENTIFIER:
                table[character] = form
    for character in map(chr, range(_CIRCLED_DIGITS[0], _CIRCLED_DIGITS[1] + 1)):
        if (digit := unicodedata.digit(character, None)) is not None:
            table[character] = str(digit)
    for first in _CIRCLED_LETTERS:
        table |= {chr(first + number): letter for number, letter in enumerate(string.ascii_uppercase)}
    for first, last in _DIGIT_BLOCKS:
        for character in map(chr, range(first, last + 1)):
            if unicodedata.category(character) == "Nd":
                table[character] = str(unicodedata.decimal(character))
    return table


def homoglyph_table() -> dict[str, str]:
    """Returns what each homoglyph looks like."""
    return {pair[0]: pair[1:] for pair in _HOMOGLYPHS.split() if not pair[0].isascii()}


class Lookalikes:
    """Rewrites look-alikes to ASCII."""

    def __init__(self) -> None:
        """Builds the tables: some ten milliseconds."""
        self._forms = lookalike_table()
        self._glyphs = homoglyph_table()
        # Full-width punctuation is ordinary in Chinese: it counts only in a run with a letter, a digit or `@`.
        self._telling = frozenset(each for each, form in self._forms.items() if form.isalnum() or form == "@")
        self._any_telling = AnyOf(self._telling)
        self._form_run = re.compile(f"[{character_class(self._forms)}]+")
        both = self._glyphs.keys() & self._forms.keys()
        self._glyph_run = re.compile(
            f"[{character_class(both)}]|[{character_class(self._glyphs.keys() - both)}]+"  # or runs would overlap
        )
        glyph = f"[{character_class(self._glyphs)}]"
        self._mixed = re.compile(f"{_ASCII}{glyph}|{glyph}{_ASCII}")
        self._form_table, self._glyph_table = str.maketrans(self._forms), str.maketrans(self._glyphs)
        self._telling_table = str.maketrans({each: self._forms[each] for each in self._telling})
        self.characters = frozenset((*self._telling, *self._glyphs, *_GAPS))
        """What may be rewritten."""

    def may_have(self, text: str) -> bool:
        """Whether anything is rewritten."""
        return (
            next(self._mixed_words(text), None) is not None
            or self._any_telling.is_in(text)
            or _BETWEEN.search(text) is not None
        )

    def substitutions(self, text: str) -> Iterator[Substitution]:
        """Yields one per run of characters that have a look-alike in ASCII."""
        for run in self._form_run.finditer(text) if self._any_telling.is_in(text) else ():
            if not self._telling.isdisjoint(run.group()):
                yield Substitution(*run.span(), run.group().translate(self._form_table), aligned=True)
        for match in _BETWEEN.finditer(text):
            yield Substitution(match.start(1), match.end(1), _gap(match.group(1)))
        for start, end in self._mixed_words(text):
            for run in self._glyph_run.finditer(text, start, end):
                yield Substitution(*run.span(), run.group().translate(self._glyph_table), aligned=True)

    def _mixed_words(self, text: str) -> Iterator[tuple[int, int]]:
        """The words in which a homoglyph stands beside an ASCII letter, digit or `@`, or beside a form of one."""
        seen = text.translate(self._telling_table) if self._any_telling.is_in(text) else text
        done = 0
        while (pair := self._mixed.search(seen, max(done - 1, 0))) is not None:
            start, done = _word_around(text, max(pair.start(), done), done)
            yield start, done


def _gap(character: str) -> str:
    if character == "\u3002":
        return "."
    return " " if character.isspace() else "-"


def _word_around(text: str, place: int, earliest: int) -> tuple[int, int]:
    """The run without white space around a place, at most 128 characters to each side."""
    start, end = place, place + 1
    while start > max(earliest, place - _HALF_WORD) and not text[start - 1].isspace():
        start -= 1
    while end < min(len(text), place + _HALF_WORD) and not text[end].isspace():
        end += 1
    return start, end
