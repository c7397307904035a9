"""Numbers in pieces behind a word that says what they are: `card: 4111, 1111, 1111, 1111`, `[4,1,1,1,...]`, `4111...x`.

Any list of numbers could be one, and one in ten has a right Luhn digit. So its pieces together have to be a card by
prefix, length and check digit, or as many digits as the nearest word before them asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from gateway.classify.recognizers.payment import is_card
from gateway.classify.views.rewriting import Substitution

_CARDS = (
    "card|kredit|karte|carte|carta|tarjeta|cartão|cartao|kaart|karta|visa|amex|maestro|ccn|cc num|cc no|pan number"
    "|卡|カード|카드|карт"
)
_SOCIAL, _PHONES = "ssn|social sec", "phone|telefon|handy|mobile|whatsapp|fax|电话|手机|電話"
_WORD = re.compile(rf"(?P<card>{_CARDS})|(?P<social>{_SOCIAL})|(?P<phone>{_PHONES})")
_LATIN = "|".join(word for word in f"{_CARDS}|{_SOCIAL}|{_PHONES}".split("|") if word.isascii())
_OTHER = ("卡", "カード", "카드", "карт", "Карт", "电话", "手机", "電話")
WORDS_GATE = f"(?i)(?:{_LATIN})"
_TAG = r"<[^<>\n]{1,60}>"
_AND = "(?:and|then|und|dann|et|puis|y|e)"
_WEAK = rf"(?:[^0-9A-Za-z .\-()]|[^0-9A-Za-z()]{{2,8}}|[ \"'|,]{{0,3}}{_TAG}(?:{_TAG})?|&nbsp;|\\[nrt]| {_AND} )"
NUMBERS_GATES = (
    rf"\b[0-9]{{3,6}}{_WEAK}[0-9]{{2,7}}{_WEAK}[0-9]{{2,6}}",
    rf"\b[0-9]{{8}}(?:{_WEAK}|\\\n *)[0-9]{{4}}",
    r"\b[0-9]{4}[ \-][0-9]{4}[ \t]*\r?\n[ \t]*[0-9]{4}",
    r"\b(?:[0-9][^0-9A-Za-z]{1,8}){8}[0-9]",
    r"\b[0-9]{9}[0-9]{0,10}[A-Za-z]|\b1[^0-9A-Za-z .\-()][0-9]{3}[^0-9A-Za-z .\-()][0-9]",
    r"\b[A-Za-z](?:[a-z_]+)?[0-9]{13}",
)
"""RE2: that and one of these match wherever something is put together, but for words of other scripts."""
_REACH = 64
"""Characters between the word and the number, at most."""
_GAP = rf"(?:[^\w<]|_|{_TAG}|\\[nrt]|&nbsp;|(?<= ){_AND}(?= )){{1,8}}?"
_NUMBER = re.compile(rf"[0-9]{{1,19}}(?:{_GAP}[0-9]{{1,19}}){{0,24}}")
_PIECE = re.compile(r"[0-9]+")
_CARD_SIZES = frozenset((13, 14, 15, 16, 19))
_LEAST, _LONGEST = 9, 19
_FIRST_PIECES = 4
"""Pieces at which a card may begin: a count or a date can stand before it."""
_SOCIAL_GROUPS = (3, 2, 4)
_PHONE_SIZES = range(9, 16)
_PRINTED = dict.fromkeys(map(ord, "0123456789 -"))
Found = tuple[int, int, str]


def may_have(text: str) -> bool:
    """Whether a word of another script announces a number."""
    return any(word in text for word in _OTHER)


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per number that was in pieces, or had letters right beside it."""
    for number in _NUMBER.finditer(text):
        pieces = list(_PIECE.finditer(text, *number.span()))
        if sum(len(piece.group()) for piece in pieces) < _LEAST:
            continue
        found = {kind: read(pieces) for kind, read in _READERS.items()}
        place = next((each[0] for each in found.values() if each is not None), None)
        if place is None:
            continue
        chosen = found[_nearest(text[max(0, place - _REACH) : place].lower(), found)]
        if chosen is not None:
            yield Substitution(*chosen)


def _nearest(before: str, found: Mapping[str, Found | None]) -> str:
    """The kind of number that the last word announces; any that was not found, where there is none."""
    words = [match.lastgroup or "" for match in _WORD.finditer(before)]
    return words[-1] if words else next((kind for kind, each in found.items() if each is None), "")


def _card(pieces: Sequence[re.Match[str]]) -> Found | None:
    is_spelt = all(len(piece.group()) == 1 for piece in pieces)
    for first in range(1 if is_spelt else min(_FIRST_PIECES, len(pieces))):
        number = ""
        for piece in pieces[first:]:
            number += piece.group()
            if len(number) > _LONGEST:
                break
            if len(number) in _CARD_SIZES and is_card(number) and not _is_plain(pieces[first], piece):
                return pieces[first].start(), piece.end(), f" {number} "
    return None


def _is_plain(first: re.Match[str], last: re.Match[str]) -> bool:
    """Whether a number stands free and in one piece, or in groups as cards are printed: it is found as it stands."""
    text, start, end = first.string, first.start(), last.end()
    is_free = not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
    return is_free and (first is last or not text[start:end].translate(_PRINTED))


def _social(pieces: Sequence[re.Match[str]]) -> Found | None:
    groups = [piece.group() for piece in pieces[:9]]
    if tuple(map(len, groups[:3])) == _SOCIAL_GROUPS:
        return pieces[0].start(), pieces[2].end(), f" {'-'.join(groups[:3])} "
    if len(groups) == 9 and all(len(each) == 1 for each in groups):
        number = "".join(groups)
        return pieces[0].start(), pieces[8].end(), f" {number[:3]}-{number[3:5]}-{number[5:]} "
    return None


def _phone(pieces: Sequence[re.Match[str]]) -> Found | None:
    """Digits one by one, behind a sign of addition, or with a letter behind: in groups they are read as they stand."""
    start, end = pieces[0].start(), pieces[-1].end()
    number = "".join(piece.group() for piece in pieces)
    if len(number) not in _PHONE_SIZES:
        return None
    text = pieces[0].string
    is_abroad = text.startswith("+", start - 1) if start else False
    is_glued = len(pieces) == 1 and text[end : end + 1].isalpha()
    if is_glued or (len(pieces) > 1 and (is_abroad or all(len(piece.group()) == 1 for piece in pieces))):
        return start, end, f"{number} "
    return None


_READERS: dict[str, Callable[[Sequence[re.Match[str]]], Found | None]] = {
    "card": _card,
    "social": _social,
    "phone": _phone,
}
