"""PDF: the text of its pages, and every string that stands in an annotation, a form, an outline or the metadata.

It is complete when nothing but text and fonts is inside. Whether a font shows the letters that it says it shows is not
checked: a document may be drawn to deceive.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject, TextStringObject

from gateway.classify.documents.extracted import LARGEST_BYTES, Extracted, Unreadable, bounded

_PLAIN_FILTERS = frozenset("/FlateDecode /Fl /LZWDecode /ASCII85Decode /ASCIIHexDecode /RunLengthDecode".split())
_DAMAGE = (
    PyPdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    OSError,
)
"""What a PDF reader raises over a file that does not hold to the format; the file stays unread."""
_SEALED = frozenset(
    "/Image /EmbeddedFile /Filespec /JavaScript /RichMedia /Movie /Sound /Screen /3D /Type3 /FileAttachment /U3D /PRC"
    " /Launch".split()
)
_SEALED_KEYS = frozenset(("/XFA", "/JS", "/EmbeddedFiles", "/AF", "/RichMediaContent", "/EF"))
_INLINE_IMAGE = re.compile(rb"(?:^|\s)BI\s[^>]{0,4096}?\sID\s")
_MOST_OBJECTS = 200_000
_DEEPEST = 64
_METADATA = "/Metadata"


def read_pdf(content: bytes) -> Extracted:
    """Returns the texts. To be run in a process with limits: a small file can ask for much.

    Raises:
        Unreadable: encrypted, damaged, or more than is read.
    """
    try:
        reader = PdfReader(io.BytesIO(content), strict=True)
        if reader.is_encrypted:
            raise Unreadable("an encrypted PDF")
        survey = _Survey(reader)
        pages = [page.extract_text() for page in reader.pages]
        drawn = [page.get_contents() is not None for page in reader.pages]
    except _DAMAGE:
        raise Unreadable("a damaged PDF") from None
    is_blank = any(has_content and not text.strip() for has_content, text in zip(drawn, pages, strict=True))
    return bounded([*pages, "\n".join(survey.strings)], complete=survey.is_plain and not is_blank)


class _Survey:
    """Every object of the file once: its strings, and whether it holds anything that is no text."""

    def __init__(self, reader: PdfReader) -> None:
        self.strings: list[str] = []
        self.is_plain = True
        self._room = LARGEST_BYTES
        for number, thing in enumerate(_objects(reader)):
            if number > _MOST_OBJECTS:
                raise Unreadable("more objects than are read")
            self._look(thing, 0)

    def _look(self, thing: PdfObject | None, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unreadable("objects too deep inside each other")
        if isinstance(thing, StreamObject):
            self._look_into(thing)
        if isinstance(thing, DictionaryObject):
            self._judge(thing)
            for value in thing.values():
                self._look(value, depth + 1)
        elif isinstance(thing, ArrayObject):
            for value in thing:
                self._look(value, depth + 1)
        elif isinstance(thing, TextStringObject):
            self.strings.append(str(thing))

    def _judge(self, thing: DictionaryObject) -> None:
        names = {str(thing.get(key)) for key in ("/Type", "/Subtype", "/S")}
        if names & _SEALED or not _SEALED_KEYS.isdisjoint(thing):
            self.is_plain = False

    def _look_into(self, stream: StreamObject) -> None:
        filters = stream.get("/Filter", ArrayObject())
        named = filters if isinstance(filters, ArrayObject) else [filters]
        if not {str(name) for name in named} <= _PLAIN_FILTERS:
            self.is_plain = False
            return
        data = stream.get_data()
        self._room -= len(data)
        if self._room < 0:
            raise Unreadable("larger inside than is read")
        if _INLINE_IMAGE.search(data):
            self.is_plain = False
        if stream.get("/Type") == _METADATA:
            self.strings.append(data.decode("utf-8", "replace"))


def _objects(reader: PdfReader) -> Iterator[PdfObject | None]:
    """Every indirect object, streams of objects and of references left out: their content comes by itself."""
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    for number, generation in sorted(numbers):
        if generation != 65535:
            yield reader.get_object(IndirectObject(number, generation, reader))
    yield reader.trailer
