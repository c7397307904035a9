"""Documents made by code: minimal, but real to every reader."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

LINE = "Patient Jane Roe, jane.roe@example.com, card 4111 1111 1111 1111"
_PADDING = b"%" + b"x" * 4000 + b"\n"
"""A comment: PDFs below a few kilobytes are not read."""
_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def pdf(
    *lines: str, extra: Sequence[bytes] = (), page: bytes = b"", trailer: bytes = b"", packed: bool = True
) -> bytes:
    """A PDF of one page with these lines; `extra` are further objects, numbered from 6."""
    shown = b"".join(b"(%s) Tj T* " % line.encode("latin-1") for line in lines)
    data = b"BT /F1 12 Tf 14 TL 50 700 Td %sET" % shown
    filters = b"/Filter /FlateDecode" if packed else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> %s>>" % page,
        stream(filters, zlib.compress(data) if packed else data),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *extra,
    ]
    body, places = b"%PDF-1.7\n" + _PADDING, []
    for number, thing in enumerate(objects, start=1):
        places.append(b"%010d 00000 n \n" % len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, b"".join(places))
    end = b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (count, trailer, len(body))
    return body + table + end


def stream(head: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


def archive(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def docx(*paragraphs: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<?xml version="1.0"?><w:document {_W}><w:body>{body}</w:body></w:document>'
    return archive({"[Content_Types].xml": _TYPES, "word/document.xml": document, **(parts or {})})


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook whose cells refer to shared strings, as Excel writes it."""
    shared = sorted({cell for row in rows for cell in row})
    strings = f"<sst {_S}>" + "".join(f"<si><t>{text}</t></si>" for text in shared) + "</sst>"
    cells = ("".join(f'<c r="A1" t="s"><v>{shared.index(cell)}</v></c>' for cell in row) for row in rows)
    sheet = (
        f"<worksheet {_S}><sheetData>" + "".join(f"<row>{each}</row>" for each in cells) + "</sheetData></worksheet>"
    )
    return archive({"[Content_Types].xml": _TYPES, "xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": sheet})


def pptx(*lines: str) -> bytes:
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return archive({"[Content_Types].xml": _TYPES, "ppt/slides/slide1.xml": f"<p {_A}>{text}</p>"})


def odt(*lines: str) -> bytes:
    name = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    text = "".join(f"<text:p>{line}</text:p>" for line in lines)
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": f"<d {name}>{text}</d>"})


def rtf(*lines: str) -> bytes:
    body = r"\par ".join(lines).encode("ascii", "backslashreplace")
    return rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 " + body + rb"\par}"


def html(*lines: str) -> bytes:
    return ("<!doctype html><html><body>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>").encode()
