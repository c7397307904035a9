"""Uuencoded text (POSIX, `uuencode`): lines between `begin 644 name` and `end`."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"\bbegin [0-7]{3,4} [!-~]"
"""RE2: matches wherever something can be decoded."""
_BODY = re.compile(r"\bbegin [0-7]{3,4} [!-~]{1,80}\r?\n((?:[!-M][ -`]{1,80}\r?\n)+)")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per body that decodes to text."""
    for body in _BODY.finditer(text):
        try:
            decoded = b"".join(map(binascii.a2b_uu, body.group(1).encode("ascii").splitlines())).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        yield Substitution(*body.span(1), f"{decoded}\n")
