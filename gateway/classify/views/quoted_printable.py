"""Quoted-printable (RFC 2045, section 6.7) and encoded words (RFC 2047): `dana=40example.com`, `=?utf-8?Q?Caf=C3=A9?=`.

A program or an address of the web has `=40` too, so a text counts as quoted only where it says more than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATES = (
    r"[!-~]=\r?\n[!-~]|=3D|=[C-F][0-9A-F]=[89AB]|=40[0-9A-Za-z\-]+\.[A-Za-z]",
    r"=\?[0-9A-Za-z\-]{2,20}\?[Qq]\?|(?:=[2-7][0-9A-F]){3}",
)
"""RE2: one of them matches wherever a text is quoted."""
_CODES = re.compile(r"(?:=[0-9A-F]{2})+")
_CODE = re.compile(r"=([0-9A-F]{2})")
_SOFT_BREAK = re.compile(r"(?<=[!-~])=[ \t]*\r?\n(?=[!-~])(?![A-Z][A-Z0-9_]*=)")
"""Not between the lines of a settings file, where a name stands before nothing but a sign of equality."""
_WORD = re.compile(r"=\?[0-9A-Za-z\-]{2,20}\?[Qq]\?([!->@-~]{1,400})\?=")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per encoded word, per run of codes and per line that was broken."""
    for match in _WORD.finditer(text):
        yield Substitution(*match.span(), _CODES.sub(_written, match.group(1)).replace("_", " "))
    for match in _CODES.finditer(text):
        yield Substitution(*match.span(), _written(match))
    for match in _SOFT_BREAK.finditer(text):
        yield Substitution(*match.span(), "")


def _written(codes: re.Match[str]) -> str:
    octets = bytes.fromhex("".join(_CODE.findall(codes.group())))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
