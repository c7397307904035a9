"""Base64 (RFC 4648, both alphabets) of text, from twelve characters on. Longer blobs are opaque content as well.

Text is UTF-8, UTF-16 (what PowerShell takes for a command) or either of them packed by gzip, in one line or in lines of
mail (RFC 2045, section 6.8).

Three octets of ASCII text make four characters of which the first three come from small sets: at most one of 14 chance
groups looks so, and one of 200 pairs. That is what is searched for; a word or an identifier seldom passes.
"""

from __future__ import annotations

import binascii
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from gateway.classify.views.rewriting import Substitution

_FIRST, _SECOND = "[CI-Za-f]", "[C-HS-Xi-ny-z0-3]"
_THIRD, _ANY = "[ABEFIJMNQRUVYZcdghklopstwx014589]", "[A-Za-z0-9+/_-]"
_GROUP = f"{_FIRST}{_SECOND}{_THIRD}{_ANY}"
_LAST = f"(?:{_GROUP}|{_FIRST}{_SECOND}{_THIRD}=|{_FIRST}{_ANY}==)"
_WIDE = f"[I-Za-f][AQgw][AB]{_ANY}A[C-H][AEIMQUYcgkosw048]A"
_PACKED = "H4sI"
GATES = (f"(?:{_GROUP}){{2}}{_LAST}", _WIDE, _PACKED)
"""RE2: one of them matches wherever something can be decoded: ASCII, ASCII in UTF-16, gzip's first octets."""
_OTHER = re.compile(f"{_WIDE}|{_PACKED}")
_TEXT_RUN = re.compile(f"(?:{_GROUP}){{2,}}(?:{_LAST}|{_FIRST}{_SECOND}{_THIRD}|{_FIRST}[A-Za-z0-9+/_-])?=*")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")
_LINES = re.compile(
    r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,76}(?:\r?\n[A-Za-z0-9+/]{60,76})*\r?\n[A-Za-z0-9+/]{2,76}={0,2}(?![\w+/=])"
)
_URL_SAFE = str.maketrans("-_", "+/")
_LONGEST = 1 << 16
_GZIP = b"\x1f\x8b"
_HEAD = 16
_OF_A_TOKEN = re.compile(r"[A-Za-z0-9+/_.=-]*")
_NEAR = 64
"""Characters of a token that may stand between an escape and a run: keeps hostile text linear."""


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per run that decodes to printable UTF-8. The run is one unit: half of it would decode as well."""
    for lines in _LINES.finditer(text):
        if (joined := _decoded("".join(lines.group().split()))) is not None:
            yield Substitution(*lines.span(), joined)
    for run in _RUN.finditer(text):
        inner = _TEXT_RUN.search(text, *run.span())
        if inner is None and _OTHER.search(text, *run.span()) is None:
            continue
        whole = _decoded(run.group())
        if whole is not None:
            yield Substitution(*run.span(), whole)
        elif inner is not None:
            # The run may begin with a word: `user/ZGFu...`.
            for part in _TEXT_RUN.finditer(text, inner.start(), run.end()):
                if len(part.group()) >= 12 and (decoded := _decoded(part.group())) is not None:
                    yield Substitution(*part.span(), decoded)


def touching(text: str, runs: Sequence[Substitution], others: Iterable[Substitution]) -> Iterator[Substitution]:
    """Yields those of some others that stand in one token with one of the runs that decode."""
    starts, ends = [each.start for each in runs], [each.end for each in runs]
    for each in others if runs else ():
        before, behind = bisect_right(starts, each.start) - 1, bisect_left(ends, each.end)
        if (before >= 0 and _is_token(text, ends[before], each.start)) or (
            behind < len(runs) and _is_token(text, each.end, starts[behind])
        ):
            yield each


def _is_token(text: str, start: int, end: int) -> bool:
    return end - start <= _NEAR and _OF_A_TOKEN.fullmatch(text, start, max(start, end)) is not None


def _decoded(run: str) -> str | None:
    bare = run[:_LONGEST].rstrip("=").translate(_URL_SAFE)
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        octets = binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
        octets = _unpacked(octets) if octets.startswith(_GZIP) else octets
        decoded = octets.decode(_encoding_of(octets))
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return None
    return decoded if _is_printable(decoded) else None


def _unpacked(octets: bytes) -> bytes:
    """What gzip packed, its first 64 K octets. Raises `zlib.error`."""
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(octets, _LONGEST)


def _encoding_of(octets: bytes) -> str:
    """UTF-16 has an empty octet beside each character of ASCII; text in UTF-8 has none."""
    if 0 not in octets[:_HEAD]:
        return "utf-8"
    return "utf-16-be" if octets[0] == 0 else "utf-16-le"


def _is_printable(text: str) -> bool:
    return text.isprintable() or "".join(text.removeprefix("\ufeff").split()).isprintable()
