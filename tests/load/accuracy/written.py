"""Texts written by hand: letters, chats, tickets, charts and contracts with their truth, and texts about nobody.

Each file of `written/` holds texts, separated by a line `%%`, with what is to be found marked as `[[LABEL:text]]`; the
labels are those of `tests.load.accuracy.classes`. All of it is invented: values are of ranges that nobody is given, or
examples that their issuers print. No template of any labelled set, ours or another's, was looked at while they were
written.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

from tests.load.accuracy.documents import Document, Half, Truth

FOLDER = Path(__file__).with_name("written")
_SEPARATOR = "\n%%\n"
_MARK = re.compile(r"\[\[([A-Z_]+):(.+?)\]\]")


def written_documents(half: Half) -> list[Document]:
    """Returns the texts of one half, by a hash of the text, or all. Their group is the name of their file."""
    documents = [
        _document(marked, file.stem)
        for file in sorted(FOLDER.glob("*.txt"))
        for marked in file.read_text(encoding="utf-8").strip("\n").split(_SEPARATOR)
    ]
    return [document for document in documents if half in (Half.ALL, half_of(document.text))]


def half_of(text: str) -> Half:
    """Returns the half a text belongs to. It follows from the text alone, so adding texts moves none."""
    return Half.SECOND if blake2b(text.encode(), digest_size=1).digest()[0] & 1 else Half.FIRST


def _document(marked: str, group: str) -> Document:
    text, truths, place = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[place : mark.start()]
        truths.append(Truth(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        place = mark.end()
    return Document(text + marked[place:], tuple(truths), group)
