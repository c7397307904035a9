"""How placeholders are written, and in which other ways a model may write them back.

Issued: `[[EMAIL_7F3A2]]`. Read as well: one bracket on each side, any case, a space or `-` for `_`, a space inside the
brackets, and the escapes of Markdown, HTML, URLs and JSON for brackets and `_`. The identifier itself is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex  # type: ignore[import-untyped]  # partial matches, which `re` has not; ships no types

TOKEN = re.compile(r"\[\[[A-Z]{2,12}_[0-9A-HJKMNP-TV-Z]{5,13}(?:_[0-9A-HJKMNP-TV-Z]{2,13})?\]\]")
"""A placeholder as it is issued."""
LOOK_ALIKE = re.compile(r"\[\[[A-Z]{2,12}_[0-9A-Z_]*\]{0,2}")
"""A placeholder or the beginning of one, typed by somebody."""
LONGEST_TOKEN = 2 + 12 + 1 + 13 + 1 + 13 + 2

_OPEN = r"(?:\[|\\{1,2}\[|&#91;|&#[xX]5[bB];|&lbrack;|&lsqb;|%5[bB]|\\u005[bB])"
_CLOSE = r"(?:\]|\\{1,2}\]|&#93;|&#[xX]5[dD];|&rbrack;|&rsqb;|%5[dD]|\\u005[dD])"
_JOINT = r"(?:_|\\{1,2}_|-| |&#95;|&lowbar;|%5[fF]|\\u005[fF])"
_BODY = rf"[A-Za-z]{{2,12}}{_JOINT}[0-9A-Za-z]{{5,13}}(?:{_JOINT}[0-9A-Za-z]{{2,13}})?"
# Two opening brackets are written alike: the backslash before an issued placeholder belongs to the text. One bracket is
# not what is left of two: half a placeholder stays as it is.
_WRITTEN = rf"({_OPEN})\1 ?({_BODY}) ?{_CLOSE}{_CLOSE}|(?<!\[){_OPEN} ?({_BODY}) ?{_CLOSE}"

WRITTEN = re.compile(_WRITTEN)
"""A placeholder in any of the ways it may come back; group 2 or 3 holds its inside."""
LONGEST_WRITTEN = 4 * 8 + 2 + 12 + 8 + 13 + 8 + 13
BEGINNING = re.compile(r"[\[\\&%]")
"""What every way of writing one begins with."""

_GROWING = regex.compile(_WRITTEN)
_JOINTS = re.compile(_JOINT)
_OPENINGS = re.compile(rf"{_OPEN}{{1,2}} ?")
_BEGUN_BODY = re.compile(rf"[A-Za-z]{{1,12}}(?:{_JOINT}[0-9A-Za-z]{{1,13}}){{0,2}}{_JOINT}?")


def written_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yields where placeholders stand in a text, and their insides as they were issued: `EMAIL_7F3A2`."""
    done = 0
    for beginning in BEGINNING.finditer(text):
        start = beginning.start()
        if start < done:
            continue
        if issued := TOKEN.match(text, start):
            done = issued.end()
            yield start, done, issued.group()[2:-2]
        elif written := WRITTEN.match(text, start):
            done = written.end()
            yield start, done, _inside(written)


def name_of(text: str) -> str | None:
    """Returns the inside of a text that is one placeholder, as it was issued; `None` for any other text."""
    written = WRITTEN.fullmatch(text)
    return _inside(written) if written else None


def _inside(written: re.Match[str]) -> str:
    return _JOINTS.sub("_", written.group(2) or written.group(3)).upper()


def begun_name(text: str, start: int) -> str | None:
    """Returns how the inside begins of a placeholder that the end of the text may become, from `start` on.

    `None` when nothing that could be appended makes it one; empty when nothing of the inside is there yet.
    """
    match = _GROWING.fullmatch(text, start, partial=True)
    if match is None or not match.partial:
        return None
    opening = _OPENINGS.match(text, start)
    body = _BEGUN_BODY.match(text, opening.end()) if opening else None
    return _JOINTS.sub("_", body.group()).upper() if body else ""
