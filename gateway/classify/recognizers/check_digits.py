"""Check digits: the published algorithms that more than one identifier uses.

Every function takes the characters of a number without separators, letters in upper case, and returns whether the check
characters are right. A number of another length is wrong; a letter where a digit belongs is wrong or a `ValueError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import mul

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AS_NUMBERS = str.maketrans({each: str(value) for value, each in enumerate(ALPHANUMERIC)})
_MOD_11_2 = "0123456789X"
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit doubled, its cross sum."""

_VERHOEFF_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_PLACE = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, cross sums added, a multiple of ten."""
    if not _is_digits(number):
        return False
    return sum(map(int, number[-1::-2] + number[-2::-2].translate(_DOUBLED))) % 10 == 0


def verhoeff(number: str) -> bool:
    """J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group of order ten."""
    if not _is_digits(number):
        return False
    state = 0
    for place, digit in enumerate(reversed(number)):
        state = int(_VERHOEFF_PRODUCT[state][int(_VERHOEFF_PLACE[place % 8][int(digit)])])
    return state == 0


def mod_97_10(number: str) -> bool:
    """ISO 7064 MOD 97-10: letters count as 10 to 35, the remainder is one."""
    if not number or number.strip(ALPHANUMERIC):
        return False
    return int(number.translate(_AS_NUMBERS)) % 97 == 1


def mod_11_2(number: str) -> bool:
    """ISO 7064 MOD 11-2: the last character may be `X`, which stands for ten."""
    return _pure(number, _MOD_11_2, _MOD_11_2[:10], 11, 2)


def mod_37_2(number: str) -> bool:
    """ISO 7064 MOD 37-2: the last character may be `*`."""
    return _pure(number, ALPHANUMERIC + "*", ALPHANUMERIC, 37, 2)


def _pure(number: str, alphabet: str, body: str, modulus: int, radix: int) -> bool:
    """An ISO 7064 pure system."""
    if len(number) < 2 or number[-1] not in alphabet or any(each not in body for each in number[:-1]):
        return False
    total = 0
    for each in number:
        total = (total * radix + alphabet.index(each)) % modulus
    return total == 1


def mod_11_10(number: str) -> bool:
    """ISO 7064 MOD 11,10 (hybrid)."""
    return _is_digits(number) and _hybrid(number, ALPHANUMERIC[:10])


def mod_37_36(number: str) -> bool:
    """ISO 7064 MOD 37,36 (hybrid)."""
    return all(each in ALPHANUMERIC for each in number) and _hybrid(number, ALPHANUMERIC)


def _hybrid(number: str, alphabet: str) -> bool:
    """An ISO 7064 hybrid system over an alphabet of M characters, modulus M + 1."""
    if len(number) < 2:
        return False
    size = len(alphabet)
    product = size
    for each in number[:-1]:
        product = ((product + alphabet.index(each)) % size or size) * 2 % (size + 1)
    return (product + alphabet.index(number[-1])) % size == 1


def weighted(number: str, weights: Sequence[int]) -> int:
    """Returns the sum of digits times weights, over as many digits as there are weights."""
    return sum(map(mul, weights, map(int, number)))


def sums_to(number: str, weights: Sequence[int], modulus: int) -> bool:
    """Whether all digits with their weights (one each) add up to a multiple of the modulus."""
    return _is_digits(number) and len(number) == len(weights) and weighted(number, weights) % modulus == 0


def remainder_is(number: str, weights: Sequence[int], modulus: int, *, ten: int | None = 0) -> bool:
    """Whether the last digit is the weighted sum of the others modulo `modulus`.

    A remainder of ten is written `ten`; `None` means that such a number is never issued.
    """
    if not _is_digits(number) or len(number) != len(weights) + 1:
        return False
    return _written(weighted(number, weights) % modulus, ten) == int(number[-1])


def complement_is(number: str, weights: Sequence[int], modulus: int, *, ten: int | None = 0, full: int = 0) -> bool:
    """Whether the last digit completes the weighted sum of the others to a multiple of `modulus`.

    A complement of ten is written `ten` (`None`: never issued); one equal to the modulus is written `full`.
    """
    if not _is_digits(number) or len(number) != len(weights) + 1:
        return False
    rest = modulus - weighted(number, weights) % modulus
    return (full if rest == modulus else _written(rest, ten)) == int(number[-1])


def _written(value: int, ten: int | None) -> int | None:
    return ten if value == 10 else value


def _is_digits(number: str) -> bool:
    return number.isascii() and number.isdecimal()


def is_day(year: str, month: str, day: str) -> bool:
    """Whether such a day exists. A year of two digits may be of this century or the last."""
    centuries = ("19", "20") if len(year) == 2 else ("",)
    return any(_exists(int(century + year), int(month), int(day)) for century in centuries)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
