"""Base64 (RFC 4648, both alphabets) of text, from twelve characters on. Longer blobs are opaque content as well.

Three octets of ASCII text make four characters of which the first three come from small sets: at most one of 14 chance
groups looks so, and one of 200 pairs. That is what is searched for; a word or an identifier seldom passes.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from gateway.classify.views.rewriting import Substitution

_FIRST, _SECOND = "[CI-Za-f]", "[C-HS-Xi-ny-z0-3]"
_THIRD, _ANY = "[ABEFIJMNQRUVYZcdghklopstwx014589]", "[A-Za-z0-9+/_-]"
_GROUP = f"{_FIRST}{_SECOND}{_THIRD}{_ANY}"
_LAST = f"(?:{_GROUP}|{_FIRST}{_SECOND}{_THIRD}=|{_FIRST}{_ANY}==)"
GATE = f"(?:{_GROUP}){{2}}{_LAST}"
"""RE2: matches wherever something can be decoded."""
_TEXT_RUN = re.compile(f"(?:{_GROUP}){{2,}}(?:{_LAST}|{_FIRST}{_SECOND}{_THIRD}|{_FIRST}[A-Za-z0-9+/_-])?=*")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")
_URL_SAFE = str.maketrans("-_", "+/")
_LONGEST = 1 << 16
_OF_A_TOKEN = re.compile(r"[A-Za-z0-9+/_.=-]*")
_NEAR = 64
"""Characters of a token that may stand between an escape and a run: keeps hostile text linear."""


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per run that decodes to printable UTF-8. The run is one unit: half of it would decode as well."""
    for run in _RUN.finditer(text):
        inner = _TEXT_RUN.search(text, *run.span())
        if inner is None:
            continue
        whole = _decoded(run.group())
        if whole is not None:
            yield Substitution(*run.span(), whole)
        else:
            # The run may begin with a word: `user/ZGFu...`.
            for part in _TEXT_RUN.finditer(text, inner.start(), run.end()):
                if len(part.group()) >= 12 and (decoded := _decoded(part.group())) is not None:
                    yield Substitution(*part.span(), decoded)


def touching(text: str, others: Iterable[Substitution]) -> Iterator[Substitution]:
    """Yields those of some substitutions that stand in one token with a run that decodes."""
    runs = list(substitutions(text))
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
        decoded = binascii.a2b_base64(bare + "=" * (-len(bare) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if _is_printable(decoded) else None


def _is_printable(text: str) -> bool:
    return text.isprintable() or "".join(text.split()).isprintable()
