"""One row of the table of credential formats, and the pattern language in which rows are written.

A row's pattern is RE2 with named alphabets: `ghp_<alnum>{36}`. The text around a match is no part of the credential: no
character of the last alphabet follows it, and no letter or digit stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ALPHABETS = {
    "alnum": "A-Za-z0-9",
    "base32": "A-Z2-7",
    "base36": "a-z0-9",
    "base58": "1-9A-HJ-NP-Za-km-z",
    "base64": "A-Za-z0-9+/",
    "caps": "A-Z0-9",
    "digit": "0-9",
    "dotted": r"A-Za-z0-9_.\-",
    "hex": "0-9a-f",
    "letter": "A-Za-z",
    "upperhex": "0-9A-F",
    "anyhex": "0-9A-Fa-f",
    "url64": r"A-Za-z0-9_\-",
    "word": "A-Za-z0-9_",
}
"""Alphabets by name, as they stand inside a character class."""

UUID = r"<hex>{8}-<hex>{4}-<hex>{4}-<hex>{4}-<hex>{12}"
"""RFC 9562, in small letters."""

_BEFORE = r"(?:^|\b|[^A-Za-z0-9]|\\[nrt])"
"""A line break that is written out is no letter."""
_NAME = re.compile(r"<([a-z0-9]+)>")
SEPARATOR = (
    r"[A-Za-z0-9_\-]{0,30}\\{0,2}['\"\])`]{0,3}[ \t]{0,3}(?::=|=>|->|[=:,|]|[ \t]is[ \t])[ \t]{0,3}"
    r"(?:(?i:bearer|basic|token|apikey|key)[ \t=]{1,2})?\\{0,2}['\"`(\[]{0,2}"
)


class Checksum(StrEnum):
    """A check that a format carries in itself. `gateway.classify.secrets.checksums` computes it.

    A checksum proper that fails still leaves a value of the right form: mistyped, cut, or made up. Any other check that
    fails says that the value is something else.
    """

    NONE = "none"
    CRC32_BASE62 = "crc32 base62"
    CRC32_HEX = "crc32 hex"
    SHA256_BASE32 = "sha256 base32"
    JWT = "jwt header"
    MAPBOX = "jwt-like payload"
    SENTRY = "base64 json payload"
    DISCORD = "base64 number"
    AZURE_SHARED_KEY = "base64 of 64 bytes"
    BASIC = "base64 of user:password"
    AGE = "bech32"
    DIGIT = "a digit"
    """Where the beginning is so short that a name of a program has the form too: random letters hold a digit."""

    @property
    def is_sum(self) -> bool:
        """Whether it is a checksum proper."""
        return self in (Checksum.CRC32_BASE62, Checksum.CRC32_HEX, Checksum.SHA256_BASE32, Checksum.AGE)


class Confirmed(StrEnum):
    """Who else than this table says that a credential has this form. Looked up 2026-11-21 and 22."""

    NOT = "not"
    RULE = "a published rule"
    """A rule of gitleaks, Betterleaks, Kingfisher, Nosey Parker, CredSweeper, sonar-text or TruffleHog."""
    ISSUER = "the issuer"
    """A page, an example, a rule or the source code of whoever issues it: the beginning, and the length or letters."""


@dataclass(frozen=True, slots=True)
class Format:
    """A documented credential format.

    `source` is the page of the issuer that describes the credential. `label`, where the value alone says too little,
    are the words one of which must stand before it. `marks` are literal texts one of which every value holds, where it
    does not begin with one. `score_milli` is what a match is worth; a format with a checksum is
    worth more when it holds and less when it fails. `confirmed` says whether somebody else states the form; a row that
    is not confirmed is a careful reading of examples.
    """

    type: str
    pattern: str
    source: str
    checksum: Checksum = Checksum.NONE
    label: str = ""
    score_milli: int = 950
    marks: tuple[str, ...] = ()
    confirmed: Confirmed = Confirmed.NOT

    @property
    def expression(self) -> str:
        """The RE2 expression; group 1 is the credential."""
        body = _NAME.sub(lambda match: f"[{ALPHABETS[match.group(1)]}]", self.pattern)
        names = _NAME.findall(self.pattern)
        after = f"(?:[^{ALPHABETS[names[-1]]}]|$)" if names else ""
        if self.label:
            return rf"(?i:\b(?:{self.label})){SEPARATOR}({body}){after}"
        return rf"{_BEFORE}({body}){after}"
