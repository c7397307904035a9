"""Base32 (RFC 4648, section 6) of text, from ten characters on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"\b[E-P][A-Z2-7]{15}"
"""RE2: matches wherever something can be decoded. The first five bits of printable ASCII are 4 to 15."""
_RUN = re.compile(r"(?<![0-9A-Za-z])[E-P][A-Z2-7]{15,}(?![0-9A-Za-z])")
_LONGEST = 1 << 16
_TAILS = {0: 0, 2: 6, 4: 4, 5: 3, 7: 1}
"""Characters of a last group, and how many signs fill it up."""


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per run that decodes to printable ASCII."""
    for run in _RUN.finditer(text):
        bare = run.group()[:_LONGEST]
        if (filling := _TAILS.get(len(bare) % 8)) is None:
            continue
        try:
            decoded = base64.b32decode(bare + "=" * filling).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if "".join(decoded.split()).isprintable():
            yield Substitution(*run.span(), decoded)
