"""Credentials, by the formats their issuers document.

Each row: type, what must be there for the row to be tried at all (RE2 decides for all rows in one pass), and the score.
The pattern's first group, if it has one, is the secret. Everything is RE2, so the cost is linear in the text.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, compiled

_MIN_BITS_PER_CHARACTER = 3.0
_MIN_GENERIC_CHARACTERS = 12
_PLACEHOLDERS = (
    b"example", b"changeme", b"placeholder", b"your", b"xxxx", b"****", b"${", b"{{", b"<", b"dummy", b"redacted", b"..."
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecretRule:
    """One documented format."""

    type: str
    pattern: str
    score_milli: int = 950
    generic: bool = False


RULES = (
    # IAM identifiers reference: prefixes of unique ids; secrets are 40 characters of base64 after a label.
    SecretRule("SECRET_AWS_ACCESS_KEY", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    SecretRule("SECRET_AWS_SECRET_KEY", r"(?i)aws.{0,20}?(?:secret|sk).{0,20}?['\"\s:=]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"),
    # "Behind GitHub's new authentication token formats": prefix, 30 characters, 6 of checksum; fine-grained tokens.
    SecretRule("SECRET_GITHUB_TOKEN", r"\b((?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
    SecretRule("SECRET_GITLAB_TOKEN", r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_\-]{20,})\b"),
    SecretRule("SECRET_SLACK_TOKEN", r"\b(xox[abeoprs]-(?:\d+-)*[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{32,})"),
    SecretRule("SECRET_SLACK_WEBHOOK", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{20,})"),
    SecretRule("SECRET_STRIPE_KEY", r"\b((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,})\b"),
    SecretRule("SECRET_ANTHROPIC_KEY", r"\b(sk-ant-[a-z]+\d{2}-[A-Za-z0-9_\-]{20,})"),
    SecretRule("SECRET_OPENAI_KEY", r"\b(sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_\-]{20,})"),
    SecretRule("SECRET_GOOGLE_KEY", r"\b(AIza[A-Za-z0-9_\-]{35})(?:[^A-Za-z0-9_\-]|$)"),
    SecretRule("SECRET_GOOGLE_OAUTH", r"\b(GOCSPX-[A-Za-z0-9_\-]{28}|ya29\.[A-Za-z0-9_\-]{30,})"),
    SecretRule("SECRET_HUGGING_FACE_TOKEN", r"\b(hf_[A-Za-z]{34})\b"),
    SecretRule("SECRET_NPM_TOKEN", r"\b(npm_[A-Za-z0-9]{36})\b"),
    SecretRule("SECRET_PYPI_TOKEN", r"\b(pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{50,})"),
    SecretRule("SECRET_SENDGRID_KEY", r"\b(SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43})"),
    SecretRule("SECRET_TWILIO_KEY", r"\b(SK[0-9a-f]{32})\b", 800),
    SecretRule("SECRET_AZURE_STORAGE_KEY", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    # RFC 7468: textual encodings; the label of any private key.
    SecretRule(
        "SECRET_PRIVATE_KEY",
        r"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\z))",
        1000,
    ),
    # RFC 7519: three base64url parts, the first two JSON objects (`{"` is `eyJ`).
    SecretRule("SECRET_JWT", r"\b(eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*)"),
    # RFC 3986 userinfo with a password.
    SecretRule("SECRET_CONNECTION_STRING", r"\b([a-z][a-z0-9+.\-]{1,20}://[^\s:/@'\"<>]{0,64}:[^\s:/@'\"<>]{3,128}@[^\s'\"<>]{3,})", 900),
    SecretRule("SECRET_CONNECTION_STRING", r"(?i)\b(?:server|host|data source)=[^;\n]{1,100};(?:[^;\n]{1,100};){0,8}\s?(?:password|pwd)=([^;\s]{3,128})", 900),
    SecretRule("SECRET_BEARER_TOKEN", r"(?i)\bauthorization['\"]?\s*[:=]\s*['\"]?(?:bearer|basic|token)\s+([A-Za-z0-9._~+/\-]{16,}=*)", 850),
    SecretRule(
        "SECRET_GENERIC",
        r"(?i)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|client[_-]?secret|auth[_-]?key|private[_-]?key|credentials?)"
        r"[A-Za-z0-9_]{0,20}['\"]?\s{0,3}(?::=|=>|[:=])\s{0,3}['\"`]?([^\s'\"`,;]{8,})",
        600,
        generic=True,
    ),
)  # fmt: skip


class _Match(Protocol):
    """The part of an RE2 match that is read here."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Start and end of a group; -1 where it took no part."""
        ...


class SecretDetector:
    """Finds credentials."""

    name = "secrets"

    def __init__(self) -> None:
        """Compiles the rules."""
        self._prefilter = Prefilter([rule.pattern for rule in RULES])
        self._finders = tuple(compiled(rule.pattern) for rule in RULES)

    def may_find(self, passage: Passage) -> bool:
        """Whether any rule matches."""
        return bool(self._prefilter.match(passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the credentials, each with its issuer's type."""
        spans: list[Span] = []
        for number in sorted(self._prefilter.match(passage.shadow)):
            rule = RULES[number]
            for match in self._finders[number].finditer(passage.shadow):
                budget.check()
                start, end = _secret(match)
                if not rule.generic or _looks_random(passage.shadow[start:end]):
                    spans.append(Span(start, end, rule.type, rule.score_milli))
        return spans


def _secret(match: _Match) -> tuple[int, int]:
    start, end = match.span(1)
    return (start, end) if start >= 0 else match.span()


def _looks_random(value: bytes) -> bool:
    """Whether a value after `password =` is likely one: long, mixed, no variable, no placeholder."""
    lowered = value.lower()
    if len(value) < _MIN_GENERIC_CHARACTERS or any(word in lowered for word in _PLACEHOLDERS):
        return False
    kinds = sum((any(map(str.isdigit, text := value.decode("ascii"))), text != text.lower(), text != text.upper()))
    if (
        kinds < 2
        or b"(" in value
        or value.count(b".") > 1
        or value.startswith((b"$", b"%", b"self.", b"os.", b"process."))
    ):
        return False
    return _bits_per_character(value) >= _MIN_BITS_PER_CHARACTER


def _bits_per_character(value: bytes) -> float:
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())
