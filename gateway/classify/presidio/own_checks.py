"""What checks of Presidio's recognizers say, worked out at a tenth of the cost. A test compares the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.classify.presidio.library import CreditCardRecognizer, IbanRecognizer, PatternRecognizer
from gateway.classify.recognizers.check_digits import luhn, mod_97_10

Check = Callable[[str], bool | None]
"""Says of a value whether the check holds; `None` where only Presidio's own can tell."""
_TAKEN_OUT = [("-", ""), (" ", "")]
"""What both recognizers take out of a value unless somebody tells them otherwise."""
_SEPARATORS = str.maketrans("", "", "- ")


def own_check_of(recognizer: PatternRecognizer) -> Check | None:
    """Returns the check for a recognizer as Presidio ships it."""
    check = _CHECKS.get(type(recognizer))
    return check if check is not None and vars(recognizer)["replacement_pairs"] == _TAKEN_OUT else None


def _card(value: str) -> bool | None:
    digits = value.translate(_SEPARATORS)
    return luhn(digits) if digits.isascii() and digits.isdigit() else None


def _account(value: str) -> bool | None:
    """Whose remainder is not one, its check digits are not right. Else the form of the country counts, too."""
    bare = value.translate(_SEPARATORS)
    is_plain = bare.isascii() and bare.isalnum() and bare.isupper()
    return False if is_plain and not mod_97_10(bare[4:] + bare[:4]) else None


_CHECKS: Mapping[type, Check] = {CreditCardRecognizer: _card, IbanRecognizer: _account}
