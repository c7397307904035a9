"""RTF: its text, without the control words. Pictures and objects make it incomplete."""

from __future__ import annotations

import re

from gateway.classify.documents.extracted import Extracted, Unreadable, bounded

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_HIDDEN = frozenset(b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator".split())
_SEALED = frozenset(b"pict object objdata bin objclass datastore themedata blipuid".split())
_BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"sect": "\n", b"page": "\n"}
_DEEPEST = 10_000


def read_rich_text(content: bytes) -> Extracted:
    """Returns the text. Linear. Raises `Unreadable` when the groups do not fit."""
    reader = _Reader()
    for match in _TOKEN.finditer(content):
        reader.take(match)
    if reader.stack:
        raise Unreadable("an RTF group is not closed")
    return bounded(["".join(reader.pieces)], complete=reader.complete)


class _Reader:
    """Keeps what is hidden per group, and how many characters follow a `u` word for readers without Unicode."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.stack: list[tuple[bool, int]] = []
        self.complete = True
        self._hidden = False
        self._fallback = 1
        self._skip = 0

    def take(self, match: re.Match[bytes]) -> None:
        word, number, octet, symbol, brace, text = match.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, int(number) if number else None)
        elif octet:
            self._show(bytes([int(octet, 16)]).decode("cp1252", "replace"))
        elif text:
            self._show(text.decode("cp1252", "replace"))
        elif symbol == b"*":
            self._hidden = False  # a destination that old readers skip: what it holds may be text all the same
        elif symbol:
            self._show({b"~": " ", b"_": "-"}.get(symbol, symbol.decode("cp1252", "replace")))

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self.stack) >= _DEEPEST:
                raise Unreadable("RTF groups too deep")
            self.stack.append((self._hidden, self._fallback))
        elif self.stack:
            self._hidden, self._fallback = self.stack.pop()
        else:
            raise Unreadable("an RTF group ends that was not begun")

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _SEALED:
            self.complete, self._hidden = False, True
        elif word in _HIDDEN:
            self._hidden = True
        elif word == b"uc":
            self._fallback = number or 0
        elif word == b"u" and number is not None:
            self._show(chr(number % 65536))
            self._skip = self._fallback
        else:
            self._show(_BREAKS.get(word, ""))

    def _show(self, text: str) -> None:
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        if not self._hidden:
            self.pieces.append(text[skipped:])
