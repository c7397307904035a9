"""What a document is, by its first bytes, and the reader for it. Media types are claims and are not asked."""

from __future__ import annotations

from collections.abc import Callable

from gateway.classify.documents.extracted import LARGEST_BYTES, Extracted, Unreadable
from gateway.classify.documents.plain import read_plain

_ZIP, _PDF, _RTF = b"PK\x03\x04", b"%PDF-", b"{\\rtf"
_PDF_WITHIN = 1024
_HEAD = 4096
SMALL_BYTES = 3000
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")


def extract(content: bytes) -> Extracted:
    """Returns the texts of a document of any kind that is read. To be run in a process with limits.

    Raises:
        Unreadable: it is none of these kinds, or it is damaged, sealed or too large.
    """
    if not 0 < len(content) <= LARGEST_BYTES:
        raise Unreadable("nothing, or more than is read")
    return _reader(content)(content)


def is_picture(content: bytes) -> bool:
    """Whether this is a picture of a kind that can be searched for letters."""
    is_bitmap = content[:2] == b"BM" and content[6:10] == bytes(4)
    return is_bitmap or content.startswith(_PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def is_harmless(content: bytes) -> bool:
    """Whether the document needs no process of its own: text, rich text, and what is too small to do harm."""
    if _PDF in content[:_PDF_WITHIN]:
        return False
    return len(content) <= SMALL_BYTES or not (content.startswith(_ZIP) or b"<" in content[:_HEAD])


def is_too_small(content: bytes) -> bool:
    """Whether a PDF is so small that no process is kept waiting for it: it stays opaque.

    Small requests are read on the event loop, where nothing may wait; a PDF of a real page is larger than this.
    """
    return len(content) <= SMALL_BYTES and _PDF in content[:_PDF_WITHIN]


def _reader(content: bytes) -> Callable[[bytes], Extracted]:
    # The readers are imported in the process that runs them: the gateway's own never loads pypdf.
    if content.startswith(_ZIP):
        from gateway.classify.documents.office import read_office  # noqa: PLC0415

        return read_office
    if content.startswith(_RTF):
        from gateway.classify.documents.rich_text import read_rich_text  # noqa: PLC0415

        return read_rich_text
    if _PDF in content[:_PDF_WITHIN]:
        from gateway.classify.documents.pdf import read_pdf  # noqa: PLC0415

        return read_pdf
    return read_plain
