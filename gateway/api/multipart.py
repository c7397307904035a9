"""A form with a file in it, `multipart/form-data`, read whole and strictly. Source: RFC 7578, RFC 2046 5.1.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser

from gateway.errors import MalformedBody, UnsupportedMediaType

MOST_PARTS = 16
_HEAD_BYTES = 4096
_FIELD_BYTES = 4096
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_BAD = "the form cannot be read"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form by name, and its one file."""

    fields: dict[str, str] = field(repr=False)
    filename: str = field(repr=False)
    content: bytes = field(repr=False)


def boundary_of(content_type: str) -> bytes:
    """Returns what stands between the parts. Raises `UnsupportedMediaType`."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise UnsupportedMediaType("the content type must be multipart/form-data with a boundary")
    return boundary.encode("ascii")


def read_form(body: bytes, boundary: bytes) -> Form:
    """Returns a form with exactly one file, named `file`.

    Raises:
        MalformedBody: it is cut short, has no such file, a field twice, or too many of them.
    """
    fields: dict[str, str] = {}
    file: tuple[str, bytes] | None = None
    for name, filename, content in _parts(body, boundary):
        if name in fields or (name == "file" and file is not None):
            raise MalformedBody("a field of the form is there twice")
        if name == "file":
            file = filename or "upload.jsonl", content
        else:
            fields[name] = _text(content)
    if file is None:
        raise MalformedBody("the form has no field `file`")
    return Form(fields, *file)


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yields name, file name and content of each part. Nothing but what is yielded is copied: a file can be large."""
    mark = b"\r\n--" + boundary
    at = len(mark) - 2 if body.startswith(mark[2:]) else _found(body, mark, 0) + len(mark)
    for _ in range(MOST_PARTS + 1):
        if body.startswith(b"--", at):
            return
        line_end = _found(body, b"\r\n", at)
        head_end = _found(body, b"\r\n\r\n", line_end, line_end + _HEAD_BYTES)
        end = _found(body, mark, head_end + 4)
        if body[at:line_end].strip(b" \t"):
            break
        yield *_named(body[line_end + 2 : head_end]), body[head_end + 4 : end]
        at = end + len(mark)
    raise MalformedBody(_BAD)


def _found(body: bytes, wanted: bytes, begin: int, end: int | None = None) -> int:
    place = body.find(wanted, begin, end)
    if place < 0:
        raise MalformedBody(_BAD)
    return place


def _named(head: bytes) -> tuple[str, str]:
    headers = HeaderParser().parsestr(_decoded(head) + "\r\n\r\n")
    name = headers.get_param("name", header="content-disposition")
    encoding = str(headers.get("content-transfer-encoding", "binary")).strip().lower()
    plain = headers.get_content_disposition() == "form-data" and encoding in {"7bit", "8bit", "binary"}
    if not plain or not isinstance(name, str) or not name:
        raise MalformedBody(_BAD)
    return name, headers.get_filename() or ""


def _text(content: bytes) -> str:
    if len(content) > _FIELD_BYTES:
        raise MalformedBody("a field of the form is too long")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    """Names are written in UTF-8 these days (RFC 7578, section 5.1)."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MalformedBody(_BAD) from None
