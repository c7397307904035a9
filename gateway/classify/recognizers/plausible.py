"""What Presidio finds, without what is plainly something else.

Its findings are the same as stock Presidio's (`gateway.classify.presidio`); this stands behind them and drops a few:
decimals, versions and addresses taken for telephone numbers, bare numbers whose only support is a word like `number`,
or `us` inside `cause`, and long identifiers that happen to have a Luhn digit. Measured on clean text, most false
findings were of these kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.classify.detector import Budget, Passage, Span, TextDetector
from gateway.classify.recognizers.payment import is_issued

_REACH = 64
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_DECIMAL = re.compile(r"\d+\.\d+")
_SELF_EVIDENT = re.compile(
    r"[+＋]|[(（]\d{1,5}[)）]|00?[ ./()-]?[1-9]\d*[ ./()-]|1?[ .-]?[2-9]\d\d[ .-]\d{3}[ .-]\d{4}(?!\d)"
    r"|1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)"
)
"""A country code, a bracket, a trunk zero with groups after it, a North American or Chinese number in groups."""
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
_NHS_GROUPS = re.compile(r"\d{3}([ -]?)\d{3}\1\d{4}")
_NHS = _words("nhs|national health service")
_CARD = _words(
    r"\w*card\w*|credit|debit|visa|amex|cc|pan|maestro|payment|\w*kart\w*|cartes?|tarjetas?|carta", "卡|カード|카드"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A finding's value, what stands before it, and the field it stands in."""

    value: str
    before: str
    field_name: str

    def is_near(self, words: re.Pattern[str]) -> bool:
        return words.search(self.before) is not None or words.search(self.field_name.replace("_", " ")) is not None


def _is_phone(place: _Place) -> bool:
    value = _EXTENSION.sub("", place.value).strip("[")
    if place.before[-1:].isalpha() or any(each.isalpha() for each in value):
        return False
    if _ADDRESS.fullmatch(value) or _DECIMAL.fullmatch(value.strip("(")):
        return False
    return _SELF_EVIDENT.match(value) is not None or place.is_near(_PHONE)


def _is_card(place: _Place) -> bool:
    if not place.value.isdecimal() or place.is_near(_CARD):
        return True
    return is_issued(place.value) and len(place.value) >= 14 and not _NAMES_AN_ID.search(place.before)


def _supported_by(words: re.Pattern[str]) -> Callable[[_Place], bool]:
    return lambda place: place.is_near(words)


def _is_nhs_number(place: _Place) -> bool:
    return _NHS_GROUPS.fullmatch(place.value) is not None or place.is_near(_NHS)


_TESTS: dict[str, Callable[[_Place], bool]] = {
    "PHONE_NUMBER": _is_phone,
    "CREDIT_CARD": _is_card,
    "UK_NHS": _is_nhs_number,
    **{finding_type: _supported_by(words) for finding_type, words in _SUPPORT.items()},
}


TESTED = frozenset(_TESTS)
"""Types whose findings are tested."""


def is_plausible(span: Span, passage: Passage) -> bool:
    """Returns whether a finding may be what its type says. Types without a test always may."""
    test = _TESTS.get(span.type)
    if test is None:
        return True
    before = passage.text[max(0, span.start - _REACH) : span.start]
    return test(_Place(passage.text[span.start : span.end], before, passage.field_name))


class PlausibleDetector:
    """A detector whose implausible findings are left out."""

    def __init__(self, detector: TextDetector, types: frozenset[str] = TESTED) -> None:
        """Stands in for the detector, under its name, and tests findings of these types."""
        self._detector = detector
        self._types = types
        self.name = detector.name

    def may_find(self, passage: Passage) -> bool:
        """As the detector says."""
        return self._detector.may_find(passage)

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns what the detector finds and `is_plausible`. Raises what the detector raises."""
        found = self._detector.detect(passage, budget)
        return [span for span in found if span.type not in self._types or is_plausible(span, passage)]
