"""Documents give their text; what is more than text, sealed, damaged or a bomb stays opaque, in bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import time
import zlib
from collections.abc import Iterator

import pytest

from gateway.classify.documents.extracted import NOTHING, Extracted
from gateway.classify.documents.reading import DocumentLost, ReadingLimits, ReadingProcess, plain_text
from tests.unit.gateway.classify.documents.made import (
    LINE,
    archive,
    docx,
    html,
    odt,
    pdf,
    pptx,
    rtf,
    stream,
    xlsx,
)

SHOWN = {
    "pdf": pdf(LINE, "second line"),
    "pdf, not packed": pdf(LINE, "second line", packed=False),
    "docx": docx(LINE, "second line"),
    "xlsx": xlsx([[LINE, "x"], ["second line", "y"]]),
    "pptx": pptx(LINE, "second line"),
    "odt": odt(LINE, "second line"),
    "rtf": rtf(LINE, "second line"),
    "html": html(LINE, "second line"),
    "html of some size": html(LINE, *["second line"] * 500),
    "text": f"{LINE}\nsecond line".encode(),
    "csv": f"name,note\n{LINE},second line\n".encode(),
    "utf-16": f"{LINE}\nsecond line".encode("utf-16"),
    "json": f'{{"note": "{LINE}", "more": "second line"}}'.encode(),
    "xml": f"<note>{LINE}<more>second line</more></note>".encode(),
}
_IMAGE = stream(
    b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", b"\x00"
)
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
MORE_THAN_TEXT = {
    "pdf with a picture": pdf(LINE, extra=[_IMAGE]),
    "pdf with a photograph": pdf(LINE, extra=[stream(b"/Filter /DCTDecode", b"\xff\xd8\xff")]),
    "pdf with an inline picture": pdf(LINE, extra=[stream(b"", b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q")]),
    "pdf with a file": pdf(LINE, extra=[stream(b"/Type /EmbeddedFile", b"hidden")]),
    "pdf with a program": pdf(LINE, extra=[b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"]),
    "pdf with drawn letters": pdf(LINE, extra=[b"<< /Type /Font /Subtype /Type3 /Name /F9 >>"]),
    "pdf with an empty page": pdf(),
    "docx with a picture": docx(LINE, parts={"word/media/image1.png": _PNG}),
    "docx with a document": docx(LINE, parts={"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}),
    "docx with a program": docx(LINE, parts={"word/vbaProject.bin": b"x"}),
    "docx with an archive": docx(LINE, parts={"word/other.docx": docx("inner")}),
    "rtf with a picture": rtf(LINE, r"{\pict\pngblip 89504e47}"),
    "html with a picture": html(LINE, '<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA">'),
}


def _bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


BOMBS = {
    "zip bomb": docx(LINE, parts={"word/big.xml": b"<a>" + b" " * 60_000_000 + b"</a>"}),
    "xml of many entities": docx(
        LINE,
        parts={"word/a.xml": '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'},
    ),
    "xml that asks for a file": docx(
        LINE, parts={"word/a.xml": '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>'}
    ),
    "pdf bomb": pdf(LINE, extra=[stream(b"/Filter /FlateDecode", _bomb(200_000_000))]),
    "pdf bomb in a bomb": pdf(
        LINE, extra=[stream(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(_bomb(200_000_000)))]
    ),
    "pdf of nested lists": pdf(LINE, extra=[b"[" * 5000 + b"]" * 5000]),
    "pdf that is its own page tree": pdf(LINE).replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    "encrypted pdf": pdf(
        LINE,
        extra=[b"<< /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -1 >>" % (b"o" * 32, b"u" * 32)],
        trailer=b"/Encrypt 6 0 R /ID [(a) (b)] ",
    ),
    "pdf cut off": pdf(LINE)[:-300],
    "docx cut off": docx(LINE * 200)[:-60],
    "docx that is sealed": docx(LINE).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
    "plain zip": archive({"a.txt": LINE}),
    "rtf that is not closed": rb"{\rtf1 " + b"{" * 20_000,
    "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000),
    "noise": bytes(range(256)) * 40,
    "nothing": b"",
    "an unsealed length": struct.pack(">I", 2**32 - 1) * 2000,
}


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    reading = ReadingProcess(ReadingLimits(seconds=8))
    reading.extract(SHOWN["pdf"], 30)  # the first document waits for the process to start
    yield reading
    reading.close()


@pytest.mark.parametrize("content", SHOWN.values(), ids=SHOWN)
def test_a_document_of_text_gives_all_of_it(process: ReadingProcess, content: bytes) -> None:
    extracted = process.extract(content, 8)
    text = "\n".join(extracted.texts)
    assert LINE in text
    assert "second line" in text
    assert extracted.complete


def test_a_row_of_a_sheet_stands_on_one_line(process: ReadingProcess) -> None:
    text = process.extract(xlsx([["Jane Roe", "DE89370400440532013000"]]), 8).texts[0]
    assert "Jane Roe\tDE89370400440532013000" in text


def test_strings_outside_the_page_are_read_too(process: ReadingProcess) -> None:
    note = b"<< /Type /Annot /Subtype /Text /Rect [0 0 1 1] /Contents (call 415 555 0100) >>"
    extracted = process.extract(pdf("a page", extra=[note], page=b"/Annots [6 0 R] "), 8)
    assert "call 415 555 0100" in "\n".join(extracted.texts)


@pytest.mark.parametrize("content", MORE_THAN_TEXT.values(), ids=MORE_THAN_TEXT)
def test_a_document_with_more_than_text_is_not_complete(process: ReadingProcess, content: bytes) -> None:
    assert not process.extract(content, 8).complete


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_what_cannot_be_read_gives_nothing_in_bounded_time(process: ReadingProcess, content: bytes) -> None:
    begun = time.monotonic()
    extracted = NOTHING
    with contextlib.suppress(DocumentLost):
        extracted = process.extract(content, 8)
    assert not extracted.complete
    assert time.monotonic() - begun < 10
    assert process.extract(SHOWN["pdf"], 20).complete, "the next document is read"


def test_reading_goes_on_after_the_process_was_killed(process: ReadingProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with contextlib.suppress(DocumentLost):
        process.extract(SHOWN["pdf"], 20)
    assert process.extract(SHOWN["pdf"], 20).complete


def test_a_document_that_takes_too_long_is_lost_not_empty() -> None:
    impatient = ReadingProcess(ReadingLimits(seconds=0.01, start_s=0.01))
    try:
        with pytest.raises(DocumentLost) as lost:
            impatient.extract(SHOWN["pdf"], 1)
        assert lost.value.is_its_fault
        with pytest.raises(DocumentLost) as short:
            impatient.extract(SHOWN["pdf"], 0.001)
        assert not short.value.is_its_fault
    finally:
        impatient.close()


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_left_is_lost_not_empty(process: ReadingProcess, seconds: float) -> None:
    with pytest.raises(DocumentLost):
        process.extract(SHOWN["pdf"], seconds)


def test_a_tiny_pdf_keeps_nobody_waiting(process: ReadingProcess) -> None:
    assert process.extract(b"%PDF-1.4 tiny", 8) == NOTHING


def test_text_is_read_without_a_process() -> None:
    unstarted = ReadingProcess()
    assert unstarted.extract(SHOWN["csv"], 1).complete
    assert unstarted.pid is None


def test_the_texts_of_a_document_stay_out_of_its_repr() -> None:
    assert LINE not in repr(Extracted((LINE,), complete=True))


def test_the_text_of_a_document_can_be_registered(process: ReadingProcess) -> None:
    assert LINE in (plain_text(process, SHOWN["docx"]) or "")
    assert plain_text(process, BOMBS["noise"]) is None
    assert plain_text(ReadingProcess(ReadingLimits(start_s=0.01)), SHOWN["pdf"]) is None
