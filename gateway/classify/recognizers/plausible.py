"""What Presidio finds, without what is plainly something else.

Its findings are the same as stock Presidio's (`gateway.classify.presidio`); this stands behind them and drops a few:
decimals, versions and addresses taken for telephone numbers, bare numbers whose only support is a word like `number`,
or `us` inside `cause`, and long identifiers that happen to have a Luhn digit. Measured on clean text, most false
findings were of these kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from gateway.classify.detector import Budget, Passage, Span, TextDetector
from gateway.classify.recognizers.payment import is_issued
from gateway.classify.recognizers.rule import LABELLED
from gateway.classify.recognizers.world_numbers import IBAN_LENGTHS, iban

_REACH = 64
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_NOBODYS_ADDRESS = re.compile(r"(?:127\.0\.0\.\d{1,3}|0\.0\.0\.0|::1?)(?:/\d{1,3})?")
"""Of this machine itself, or of none: what settings files listen on. `::` is also an operator of many languages."""
_DECIMAL = re.compile(r"\d+\.\d+")
_SELF_EVIDENT = re.compile(
    r"[+＋]|[(（]\d{1,5}[)）]|00?[ ./()-]?[1-9]\d*[ ./()-]|1?[ .-]?[2-9]\d\d[ .-]\d{3}[ .-]\d{4}(?!\d)"
    r"|1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)"
)
"""A country code, a bracket, a trunk zero with groups after it, a North American or Chinese number in groups."""
_COUNTRY = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}(?=[0-9]{2})")
_ACCOUNT_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}[ -]?(?:[A-Z0-9]{4}[ -]?){0,6}$")
_LONGEST_IBAN = 45
"""Characters, groups of four."""
_EXTENSION = re.compile(r"[ ,;]*(?:ext|x|extension)\.?[ :]*\d*$", re.IGNORECASE)
_NAMES_AN_ID = re.compile(
    r"(?i)(?:\b|_)(?:id|sku|offset|seq|sequence|snapshot|trace|span|barcode|ean|upc|order|row|key|ref)[\"']?"
    r"[ :=#]{0,3}[\"']?$"
)


def _words(alternatives: str, scripts: str = "(?!)") -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])|{scripts}", re.IGNORECASE)


_PHONE = _words(
    r"phones?|telephones?|tel|mobile|mobiles|cell|cellphone|call(?:ed|ing)?|fax|contact|dial|whatsapp|sms|handy|telefon\w*"
    r"|phone ?number|portable|téléphone|teléfono|móvil|celular|telefono|cellulare|telefoon\w*|mobiel|rufnummer|hotline",
    "电话|手机|電話|携帯|联系|전화",
)
_SUPPORT = {
    "US_PASSPORT": _words("passports?|travel ?documents?", "护照|旅券"),
    "US_DRIVER_LICENSE": _words(r"driv\w+|licen[cs]es?|dl|dmv|permits?"),
    "MEDICAL_LICENSE": _words(r"dea|licen[cs]es?|registration|prescri\w+|physicians?|doctors?|dr|medical|practitioner"),
    "US_BANK_NUMBER": _words(r"accounts?|acct|bank\w*|checking|savings?|debit|routing|iban"),
}
_SHORTEST_LICENCE = 5
_POSTCODE = re.compile(r"\d{5}-\d{4}")
_STATE = re.compile(r"(?<![A-Za-z])[A-Z]{2},?\s{1,3}$")
"""`MA 02110-1301` stands in the head of every file under the GNU licences."""
_NHS_GROUPS = re.compile(r"\d{3}([ -]?)\d{3}\1\d{4}")
_NHS = _words("nhs|national health service")
_SAID_TO_BE_A_PHONE = re.compile(
    r"[+＋]\d{1,3}[ .-]?$"
    r"|(?i:(?<![^\W_])(?:phone|telephone|tel|mobile|cell|fax|handy|telefon\w*|portable|téléphone|teléfono|móvil|celular"
    r"|cellulare|mobiel|rufnummer|whatsapp)[.:]{0,2}\s{0,3}$)"
)
_LABEL = 24
"""A country code or a word for a telephone stands right before a value, within so many characters."""
_CARD = _words(
    r"\w*card\w*|credit|debit|visa|amex|cc|pan|maestro|payment|\w*kart\w*|cartes?|tarjetas?|carta", "卡|カード|카드"
)


class Place(NamedTuple):
    """A finding's value, what stands before and right behind it, and the field it stands in."""

    value: str
    before: str
    behind: str
    field_name: str

    @classmethod
    def of(cls, span: Span, passage: Passage) -> Place:
        """Returns the place of a span."""
        before = passage.text[max(0, span.start - _REACH) : span.start]
        behind = passage.text[span.end : span.end + _LONGEST_IBAN]
        return cls(passage.text[span.start : span.end], before, behind, passage.field_name)

    def __repr__(self) -> str:
        """Without the text."""
        return "Place(...)"

    def is_near(self, words: re.Pattern[str]) -> bool:
        """Whether one of some words stands before the value or in the name of the field."""
        return words.search(self.before) is not None or words.search(self.field_name.replace("_", " ")) is not None


def _is_phone(place: Place) -> bool:
    value = _EXTENSION.sub("", place.value).strip("[")
    if place.before[-1:].isalpha() or any(map(str.isalpha, value)):
        return False
    if _ADDRESS.fullmatch(value) or _DECIMAL.fullmatch(value.strip("(")):
        return False
    if _POSTCODE.fullmatch(value) and _STATE.search(place.before):
        return False
    return _SELF_EVIDENT.match(value) is not None or place.is_near(_PHONE)


def _is_inside_a_word(place: Place) -> bool:
    """Whether a hyphen ties the value to more letters or digits, as in a UUID or a part number."""
    is_tied_before = place.before[-1:] == "-" and place.before[-2:-1].isalnum()
    return is_tied_before or (place.behind[:1] == "-" and place.behind[1:2].isalnum())


def _is_inside_an_account(place: Place) -> bool:
    """Whether the value is a part of an IBAN whose check digits hold: one in ten of its parts has a Luhn digit."""
    start, end = len(place.before), len(place.before + place.value)
    text = place.before + place.value + place.behind
    for country in _COUNTRY.finditer(text, max(0, start - _LONGEST_IBAN), start):
        size = IBAN_LENGTHS.get(country.group(), 0)
        match = re.compile(rf"[A-Z]{{2}}(?:[ -]?[A-Z0-9]){{{size - 2}}}").match(text, country.start()) if size else None
        if match is not None and match.end() >= end and iban(re.sub("[ -]", "", match.group())):
            return True
    return False


def _is_card(place: Place) -> bool:
    if _is_inside_an_account(place):
        return False
    if not place.value.isdecimal() or place.is_near(_CARD):
        return True
    return is_issued(place.value) and len(place.value) >= 14 and not _NAMES_AN_ID.search(place.before)


def _supported_by(words: re.Pattern[str]) -> Callable[[Place], bool]:
    return lambda place: place.is_near(words)


def _is_nhs_number(place: Place) -> bool:
    """One number of ten digits in eleven has the check digit, and mobile telephones are written in the same groups."""
    if _SAID_TO_BE_A_PHONE.search(place.before[-_LABEL:]) is not None:
        return False
    return _NHS_GROUPS.fullmatch(place.value) is not None or place.is_near(_NHS)


def _is_driver_license(place: Place) -> bool:
    """`General Public License v3` is none: no state issues so short a number."""
    return len(place.value) >= _SHORTEST_LICENCE and place.is_near(_SUPPORT["US_DRIVER_LICENSE"])


_TESTS: dict[str, Callable[[Place], bool]] = {
    "PHONE_NUMBER": _is_phone,
    "CREDIT_CARD": _is_card,
    "UK_NHS": _is_nhs_number,
    "IP_ADDRESS": lambda place: _NOBODYS_ADDRESS.fullmatch(place.value) is None,
    **{finding_type: _supported_by(words) for finding_type, words in _SUPPORT.items()},
    "US_DRIVER_LICENSE": _is_driver_license,
}


_PHONES = frozenset(("PHONE_NUMBER", "CN_MOBILE"))
_WORDS_WHEN_FOLDED = {"PHONE_NUMBER": _PHONE, "CN_MOBILE": _PHONE, "UK_NHS": _NHS, "CREDIT_CARD": _CARD}
"""What has to be named where digits were pulled together or guessed at: any long enough run of them has this form.

A card only where hyphens tie it to more or it follows the head of an IBAN: one number in ten has a right Luhn digit.
"""

TESTED = frozenset(_TESTS)
"""Types whose findings are tested."""
_SEEN = 96
"""Characters before and behind a finding that its tests and `Labels` look at, at most."""
_MANY, _REMEMBERED = 256, 1024
"""Findings from which on it pays to ask whether one was met before, and judgements kept of one text."""
_MADE_OF_DIGITS = frozenset(("PHONE_NUMBER", "US_SSN", "US_BANK_NUMBER"))
"""Types that hardly more than a number of digits speaks for: a label of another type weighs more."""
_JUDGED = TESTED | _PHONES | _MADE_OF_DIGITS | _WORDS_WHEN_FOLDED.keys()


def is_plausible(span: Span, place: Place) -> bool:
    """Returns whether a finding may be what its type says. Types without a test always may."""
    test = _TESTS.get(span.type)
    return test is None or test(place)


def is_named_where_folded(span: Span, place: Place) -> bool:
    """Returns `False` for a finding in a folded reading that nothing but its number of digits speaks for."""
    words = _WORDS_WHEN_FOLDED.get(span.type)
    if words is None:
        return True
    if span.type == "CREDIT_CARD":
        is_tied = _is_inside_a_word(place) or _ACCOUNT_HEAD.search(place.before) is not None
        return not is_tied or place.is_near(words)
    is_labelled = span.type != "UK_NHS" and span.score_milli >= LABELLED
    return is_labelled or place.is_near(words)


def is_part_of_an_id(span: Span, place: Place) -> bool:
    """Returns whether hyphens tie what looks like a telephone number to more of the same, as in a UUID."""
    if span.type not in _PHONES or span.score_milli >= LABELLED:
        return False
    return _is_inside_a_word(place) and not place.is_near(_PHONE)


class Labels(Protocol):
    """Knows what labels announce."""

    def announces_another(self, passage: Passage, span: Span) -> bool:
        """Whether a label before a place announces it as a value of another type."""
        ...


class PlausibleDetector:
    """A detector whose implausible findings are left out."""

    def __init__(self, detector: TextDetector, types: frozenset[str] = TESTED, *, labels: Labels | None = None) -> None:
        """Stands in for the detector, under its name, and tests findings of these types.

        With `labels`, digits that a label announces as something else are left out too: what knows the labels
        finds them there, so nothing is lost but a second name for it.
        """
        self._detector = detector
        self._types = types
        self._labels = labels
        self.name = detector.name

    def may_find(self, passage: Passage) -> bool:
        """As the detector says."""
        return self._detector.may_find(passage)

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns what the detector finds and is plausible. Raises what the detector raises."""
        spans = list(self._detector.detect(passage, budget))
        if len(spans) < _MANY:
            return [span for span in spans if self._is_kept(span, passage)]
        known: dict[tuple[object, ...], bool] = {}
        return [span for span in budget.over(spans) if self._is_kept_as_before(span, passage, known)]

    def _is_kept_as_before(self, span: Span, passage: Passage, known: dict[tuple[object, ...], bool]) -> bool:
        """As `_is_kept`, which looks at nothing further away than `_SEEN`: what is repeated is judged once."""
        begin = max(0, span.start - _SEEN)
        window = passage.text[begin : span.end + _SEEN]
        key = (window, span.start - begin, span.end - begin, begin == 0, span.type, span.score_milli)
        is_kept = known.get(key)
        if is_kept is None:
            is_kept = self._is_kept(span, passage)
            if len(known) < _REMEMBERED:
                known[key] = is_kept
        return is_kept

    def _is_kept(self, span: Span, passage: Passage) -> bool:
        if span.type not in _JUDGED:
            return True
        place = Place.of(span, passage)
        if is_part_of_an_id(span, place) or (passage.is_folded and not is_named_where_folded(span, place)):
            return False
        if span.type in self._types and not is_plausible(span, place):
            return False
        if self._labels is None or span.type not in _MADE_OF_DIGITS:
            return True
        return passage.text[span.start] in "+＋" or not self._labels.announces_another(passage, span)
