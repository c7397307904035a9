"""Values of the same form from ranges nobody owns, so that a tool's schema still accepts what the model sees.

Every surrogate is drawn by a key from a range that is reserved for examples or never issued; the source stands beside
each. A value that is not written in a plain form of its type, and a type without such a range, has no surrogate.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from urllib.parse import urlsplit

from gateway.redact.dates import shifted
from gateway.redact.phone_ranges import fictitious_phones
from gateway.redact.values import canonical

Draw = Callable[[str], int]
"""A number of 256 bits for each label, the same for the same value and conversation."""

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_EMAIL = re.compile(r"[^\s@<>\"'%\\]+@[^\s@<>\"'%\\]+")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_SSN = re.compile(r"[0-9]{3}([- ]?)[0-9]{2}\1[0-9]{4}")
_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}(?: ?[0-9A-Za-z]){11,30}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_DIGIT = re.compile(r"[0-9]")


def surrogates(short: str, text: str, draw: Draw, offset: Callable[[], int]) -> Iterator[str]:
    """Yields surrogates for a value as it was written, best first, without end where the range allows.

    `short` is the type as placeholders write it; `offset` returns the conversation's own number for shifting dates.
    """
    if short in ("BIRTHDATE", "DATETIME", "DATE"):
        return shifted(text, offset())
    make = _MAKERS.get(short)
    return make(text, draw) if make else iter(())


def luhn_digit(digits: str) -> str:
    """Returns the check digit that makes a number valid. Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def fill(form: str, digits: str) -> str:
    """Returns the text with its digits replaced, one for one, and everything else as it was."""
    following = iter(digits)
    return _DIGIT.sub(lambda _: next(following), form)


def _email(text: str, draw: Draw) -> Iterator[str]:
    """RFC 2606 and RFC 6761: nothing under `.invalid` exists. Spellings of one address differ behind a `+`."""
    if not _EMAIL.fullmatch(text):
        return
    name = _letters(draw("0"), 8)
    if text == canonical("EMAIL", text):
        yield f"u{name}@pii.invalid"
    for number in count():
        yield f"u{name}+{_letters(draw(f'{text}/{number}'), 4)}@pii.invalid"


def _ip(text: str, draw: Draw) -> Iterator[str]:
    """RFC 5737 (three blocks of 254 hosts) and RFC 3849."""
    version = _ip_version(text)
    for number in count() if version else ():
        drawn = draw(str(number))
        if version == 4:
            block = ("192.0.2", "198.51.100", "203.0.113")[drawn % 3]
            yield f"{block}.{drawn // 3 % 254 + 1}"
        else:
            groups = (drawn >> (16 * place) & 0xFFFF for place in range(6))
            yield "2001:db8:" + ":".join(f"{group or 1:x}" for group in groups)


def _ip_version(text: str) -> int | None:
    """The pattern is a tenth of the cost of the library, which decides about everything else."""
    if _IPV4.fullmatch(text):
        return 4
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return None


def _card(text: str, draw: Draw) -> Iterator[str]:
    """The prefixes of the numbers that schemes and processors publish for tests, with a valid check digit."""
    digits = "".join(_DIGIT.findall(text))
    if not _CARD.fullmatch(text):
        return
    prefix = {"5": "555555", "2": "555555", "3": "378282", "6": "601111"}.get(digits[0], "411111")
    for number in count():
        body = prefix + _digits(draw(str(number)), len(digits) - 7)
        yield fill(text, body + luhn_digit(body))


def _ssn(text: str, draw: Draw) -> Iterator[str]:
    """Areas 900 to 999 are no social security numbers (20 CFR 422.103; SSA, "SSN randomization").

    The Internal Revenue Service uses some of them for taxpayers, with groups from 50 on: groups stay below.
    """
    if not _SSN.fullmatch(text):
        return
    for number in count():
        drawn = draw(str(number))
        yield fill(text, f"9{drawn % 100:02}{drawn // 100 % 49 + 1:02}{drawn // 4900 % 9999 + 1:04}")


def _iban(text: str, draw: Draw) -> Iterator[str]:
    """A German account at a bank code that begins with 0: the first digit names a clearing area, and these are 1 to 8.

    Source: Deutsche Bundesbank, "Merkblatt Bankleitzahlendatei" (March 2014), section 1, read on 2026-11-21. Check
    digits: ISO 13616, ISO 7064 MOD 97-10.
    """
    if not _IBAN.fullmatch(text):
        return
    for number in count():
        account = "0" * 8 + _digits(draw(str(number)), 10)
        check = 98 - int(f"{account}131400") % 97  # `DE00` moved behind: D is 13, E is 14
        plain = f"DE{check:02}{account}"
        yield " ".join(plain[at : at + 4] for at in range(0, len(plain), 4)) if " " in text else plain


def _uuid(text: str, draw: Draw) -> Iterator[str]:
    """RFC 9562: version 8 is for makers' own rules; a version 4 stays one, because validators ask for it."""
    if not _UUID.fullmatch(text):
        return
    version = "4" if text[14] == "4" else "8"
    for number in count():
        drawn = f"{draw(str(number)):064x}"
        variant = "89ab"[int(drawn[40], 16) % 4]
        plain = f"{drawn[:8]}-{drawn[8:12]}-{version}{drawn[12:15]}-{variant}{drawn[15:18]}-{drawn[18:30]}"
        yield plain if text == text.lower() else plain.upper()


def _mac(text: str, draw: Draw) -> Iterator[str]:
    """RFC 9542, section 2.1.4: 00-00-5E-00-53-00 to -FF are for documentation."""
    match = _MAC.fullmatch(text)
    if match is None:
        return
    for number in count():
        parts = ("00", "00", "5e", "00", "53", f"{draw(str(number)) % 256:02x}")
        plain = match.group(1).join(parts)
        yield plain if text == text.lower() else plain.upper()


def _url(text: str, draw: Draw) -> Iterator[str]:
    """RFC 2606 and RFC 6761. Path and query leave with the host."""
    scheme = urlsplit(text).scheme if "://" in text else ""
    for number in count():
        host = f"h{_letters(draw(str(number)), 8)}.pii.invalid"
        yield f"{scheme}://{host}" if scheme else host


def _letters(number: int, length: int) -> str:
    return "".join(_BASE32[number >> (5 * place) & 31] for place in range(length))


def _digits(number: int, length: int) -> str:
    return f"{number % 10**length:0{length}}"


_MAKERS: Mapping[str, Callable[[str, Draw], Iterator[str]]] = {
    "EMAIL": _email,
    "PHONE": fictitious_phones,
    "IP": _ip,
    "CARD": _card,
    "SSN": _ssn,
    "IBAN": _iban,
    "UUID": _uuid,
    "MAC": _mac,
    "URL": _url,
}
