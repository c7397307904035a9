"""Text files: plain, CSV, JSON, XML, and HTML as its source and as it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from gateway.classify.documents.extracted import Extracted, Unreadable, bounded

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{256}|;base64,")
"""Encoded content within text: the text alone is not everything."""
_HTML = re.compile(r"<(?:!doctype html|html|head|body|div|p|table|span|br)\b", re.IGNORECASE)
_HEAD = 4096


def read_plain(content: bytes) -> Extracted:
    """Returns the text of a file that is text.

    Raises:
        Unreadable: it is not.
    """
    text = _decoded(content)
    if _CONTROLS.search(text):
        raise Unreadable("not text")
    texts = [text]
    if _HTML.search(text[:_HEAD]):
        texts.append(_shown(text))
    return bounded(texts, complete=_BLOB.search(text) is None)


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("neither UTF-8 nor UTF-16") from None


class _Shown(HTMLParser):
    """Gathers what a reader of the page sees, and the values of attributes, which a model sees too."""

    _APART = frozenset("p div br li tr td th h1 h2 h3 h4 h5 h6 table section article title option".split())

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._APART:
            self.pieces.append("\n")
        self.pieces += [f" {value} " for name, value in attrs if value and name in {"alt", "title", "content", "value"}]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._APART:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _shown(text: str) -> str:
    reader = _Shown()
    reader.feed(text)
    reader.close()
    return "".join(reader.pieces)
