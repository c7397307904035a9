"""UTF-7 (RFC 2152): `dana+AEA-example.com`."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"\+A[C-H][AEIMQUYcgkosw048]"
"""RE2: matches wherever something can be decoded. UTF-16 of ASCII begins so in base64."""
_RUN = re.compile(rf"{GATE}[0-9A-Za-z+/]{{0,2000}}-?")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per run of UTF-16 in base64."""
    for run in _RUN.finditer(text):
        bare = run.group()[1:].rstrip("-")
        try:
            octets = binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
            decoded = octets[: len(octets) // 2 * 2].decode("utf-16-be")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if decoded.isprintable():
            yield Substitution(*run.span(), decoded)
