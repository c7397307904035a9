"""Texts in which values stand among words, in other scripts and glued to each other. Made from a fixed seed."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random
from collections.abc import Iterator

VALUES = (
    "1640",
    "1699",
    "01641",
    "1 68 21",
    "jane.roe@example.com", "zoë@exämple.com", "(415) 555-0132", "+44 20 7946 0958", "+49 30 901820", "0171 1234567",
    "536-22-1234", "078-05-1120", "4111 1111 1111 1111", "5555-5555-5555-4444", "4111111111111112", "371449635398431",
    "DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "de89370400440532013000", "203.0.113.7", "2001:db8::1",
    "::ffff:10.0.0.1", "00-B0-D0-63-C2-26", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "C1234567", "943 476 5919", "AB1234563",
    "A1234567", "912345678", "900-70-1234", "11010519491231002X", "13812345678", "２０３.0.113.7", "١٢٣-٤٥-٦٧٨٩",
    "2026-11-21", "10:32:07", "1732190000", "12,345,678", "v1.2.3.4", "550e8400-e29b-41d4-a716-446655440000",
    "ABCPD1234E","1234 5678 9012","AA123456C","27AAPFU0939F1ZV","071 234 5678","+27 82 123 4567","1985-03-12","RSSMRA85T10A562S","12345678Z","X1234567L","850101-1234","12.345.678-5","51824753556","83914571673","EU123456","K1234567","T1234567J","S1234567D"," 19850101-1234","010190-123A","44051401359","http://www.example.com/a?b=c","example.org","3/10/2011","May 4, 2020","NL123456782B12","K\u212A1234567",
)  # fmt: skip
WORDS = (
    "please", "phone", "number", "card", "credit", "ssn", "social", "security", "passport", "license", "driver", "bank",
    "account", "call", "ip", "e-mail:", "mobile", "iban", "the", "of", "and", "—", "“quoted”", "naïve", "电话", "姓名：张伟", "客户",
    "МВД", "\n", "\t", "\x0b", "(", ")", ",", ":", "https://example.com/a?b=1", "mrn", "dob", "patient:", "wallet", "NHS",
    "tax", "id", "identity", "aadhaar", "pan", "nif", "vat", "date", "url", "of", "the", "be", "…", ":)", ">:(", ": (", "a:the", "10:30", "foo:,", "::1", "\n\n", "   ", "id.", "\"phone\":", "{\"account\":", "U.S.", "don't","cannot", "x"*30, "-"*40, "="*30, "\r\n","é","\u3000","ITIN","Kreditkarte","licen\u017fe"
)  # fmt: skip


def generated(seed: int, count: int) -> Iterator[str]:
    """Yields texts; one digit in seven of a value is changed, so that most fail their check and some do not."""
    source = random.Random(seed)
    for _ in range(count):
        values = [_changed(value, source) for value in source.choices(VALUES, k=source.randint(0, 8))]
        parts = source.choices(WORDS, k=source.randint(1, 60 if source.random() < 0.2 else 20)) + values
        source.shuffle(parts)
        yield source.choice((" ", " ", " ", "", "  ", "\u3000", "\n", ", ")).join(parts)


def _changed(value: str, source: random.Random) -> str:
    return "".join(
        source.choice("0123456789") if "0" <= each <= "9" and source.random() < 0.15 else each for each in value
    )
