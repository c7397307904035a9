"""Synthetic identifiers, and the ways of writing them so that a pattern does not match. All generated."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

CYRILLIC = str.maketrans("aeocpxyiABEKMHOPCTX", "аеосрхуіАВЕКМНОРСТХ")
OCR = {"0": "O", "1": "l", "5": "S", "8": "B", "6": "b"}


def luhn(digits: str) -> str:
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def email(rng: random.Random) -> str:
    name = rng.choice(("dana.whitfield", "j.okafor", "maria_lopez", "t-nguyen", "samir.haddad"))
    return f"{name}{rng.randrange(10, 99)}@{rng.choice(('example.com', 'mail.example.org', 'example.net'))}"


def phone(rng: random.Random) -> str:
    area = rng.choice(("415", "212", "312", "617", "206"))
    number = f"{rng.randrange(200, 999)}-{_digits(rng, 4)}"
    return rng.choice((f"({area}) {number}", f"{area}-{number}", f"+1 {area}-{number}"))


def card(rng: random.Random) -> str:
    digits = luhn(rng.choice(("4", "51", "55", "6011")).ljust(6, "2") + _digits(rng, 9))
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4)) if rng.random() < 0.5 else digits


def ssn(rng: random.Random) -> str:
    return f"{rng.randrange(101, 665)}-{rng.randrange(11, 98)}-{rng.randrange(1001, 9998)}"


def iban(rng: random.Random) -> str:
    account = _digits(rng, 18)
    check = 98 - int(account + "131400") % 97
    written = f"DE{check:02}{account}"
    return " ".join(written[at : at + 4] for at in range(0, 22, 4)) if rng.random() < 0.5 else written


def address(rng: random.Random) -> str:
    return f"{rng.randrange(11, 223)}.{rng.randrange(10, 255)}.{rng.randrange(10, 255)}.{rng.randrange(10, 255)}"


IDENTIFIERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "EMAIL_ADDRESS": ("Write to {} about it.", email),
    "PHONE_NUMBER": ("Call her phone {} today.", phone),
    "CREDIT_CARD": ("Her credit card is {} as of now.", card),
    "US_SSN": ("The SSN is {} on file.", ssn),
    "IBAN_CODE": ("Transfer it to IBAN {} please.", iban),
    "IP_ADDRESS": ("The IP address {} was seen.", address),
}

Disguise = Callable[[str, random.Random], str]


def _some(value: str, rng: random.Random, change: Callable[[str], str], share: float = 0.5) -> str:
    """Changes about half of the characters, at least one."""
    places = [place for place, character in enumerate(value) if change(character) != character]
    chosen = {place for place in places if rng.random() < share} or set(rng.sample(places, min(1, len(places))))
    return "".join(change(each) if place in chosen else each for place, each in enumerate(value))


def _spelled(value: str, gap: str) -> str:
    return gap.join(value.replace(" ", ""))


def _concatenated(value: str, rng: random.Random) -> str:
    if any(map(str.isalpha, value)) or rng.random() < 0.5:
        cut = rng.randrange(2, len(value) - 2)
        return f'v = "{value[:cut]}" + "{value[cut:]}";'
    return f"user_{value.replace(' ', '_')}_x"


IN_ONE_TEXT: dict[str, Disguise] = {
    "plain": lambda value, rng: value,
    "percent": lambda value, rng: _some(value, rng, lambda each: f"%{ord(each):02X}"),
    "percent twice": lambda value, rng: "".join(f"%25{ord(each):02x}" for each in value),
    "code": _concatenated,
    "misread": lambda value, rng: _some(value, rng, lambda each: OCR.get(each, each), 0.3),
    "homoglyphs": lambda value, rng: (
        _some(value, rng, lambda each: each.translate(CYRILLIC)) if _latin(value) else value
    ),
    "direction": lambda value, rng: f"\u202d{value[:3]}\u2066{value[3:]}\u2069\u202c",
    "reversed": lambda value, rng: f"\u202e{value[::-1]}\u202c",
    "zero width": lambda value, rng: rng.choice("\u200b\u200c\u2060\ufeff").join(value),
    "base64": lambda value, rng: base64.b64encode(value.encode()).decode(),
    "base64, url-safe": lambda value, rng: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "json escapes": lambda value, rng: _some(value, rng, lambda each: f"\\u{ord(each):04x}"),
    "html": lambda value, rng: _some(value, rng, lambda each: f"&#{ord(each)};"),
    "html, hexadecimal": lambda value, rng: "".join(f"&#x{ord(each):x};" for each in value),
    "full width": lambda value, rng: "".join(chr(ord(each) + 0xFEE0) if each > " " else "\u3000" for each in value),
    "spaced": lambda value, rng: _spelled(value, " "),
    "mathematical": lambda value, rng: _some(
        value, rng, lambda each: chr(0x1D7CE + int(each)) if each.isdigit() else each
    ),
    "percent in base64": lambda value, rng: base64.b64encode(
        "".join(f"%{ord(c):02x}" for c in value).encode()
    ).decode(),
}
"""Disguises inside one text."""


def _latin(value: str) -> bool:
    return any(each.translate(CYRILLIC) != each for each in value)


def dotted(value: str, rng: random.Random) -> str:
    """Unusual separators: dots for numbers, words for the signs of an address."""
    if "@" in value:
        return value.replace("@", rng.choice((" [at] ", "(at)", " @ "))).replace(".", rng.choice((" [dot] ", "(dot)")))
    if value.count(".") == 3:
        return value.replace(".", " . ")
    return value.replace(" ", ".").replace("-", ".") if not value.isalnum() else ".".join(value)


IN_ONE_TEXT["dots"] = dotted


def parts(texts: list[str]) -> object:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": each} for each in texts]}]}


def messages(texts: list[str]) -> object:
    return {"messages": [{"role": ("user", "assistant")[i % 2], "content": each} for i, each in enumerate(texts)]}


SPLIT = {"parts": parts, "messages": messages}


def cut(value: str, rng: random.Random) -> list[str]:
    """Cuts a value into two or three pieces."""
    places = sorted(rng.sample(range(1, len(value)), rng.choice((1, 1, 2))))
    return [value[low:high] for low, high in zip([0, *places], [*places, len(value)], strict=True)]
