"""A form is read as it was sent or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api.multipart import MOST_PARTS, boundary_of, read_form
from gateway.errors import MalformedBody, UnsupportedMediaType


def part(name: str, content: bytes, filename: str | None = None, more: str = "") -> bytes:
    named = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    return f"--b\r\n{named}{more}\r\n\r\n".encode() + content + b"\r\n"


FILE = part("file", b"{}", "a.jsonl", "\r\nContent-Type: application/octet-stream")


def test_fields_and_the_file_are_read() -> None:
    form = read_form(part("purpose", b"batch") + FILE + b"--b--\r\n", b"b")
    assert (form.fields, form.filename, form.content) == ({"purpose": "batch"}, "a.jsonl", b"{}")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('filename="Bericht für März.jsonl"', "Bericht für März.jsonl"),
        ("filename*=utf-8''%C3%BC.jsonl", "ü.jsonl"),
        ('filename="a;b.jsonl"', "a;b.jsonl"),
        ('filename=""', "upload.jsonl"),
    ],
)
def test_the_name_of_a_file_is_read_as_clients_write_it(written: str, name: str) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; {written}\r\n\r\n'
    assert read_form(head.encode() + b"{}\r\n--b--", b"b").filename == name


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_the_file_is_what_was_sent(content: bytes) -> None:
    boundary = b"f3b9a6d2c1e84f70"
    body = part("file", content, "a").replace(b"--b\r\n", b"--" + boundary + b"\r\n", 1) + b"--" + boundary + b"--"
    assert read_form(body, boundary).content == content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        FILE,
        FILE + b"--b",
        part("purpose", b"batch") + b"--b--",
        FILE + FILE + b"--b--",
        part("purpose", b"a") + part("purpose", b"b") + FILE + b"--b--",
        part("purpose", b"a" * 5000) + FILE + b"--b--",
        part("purpose", b"\xff") + FILE + b"--b--",
        part("x", b"") * 1 + b"".join(part(f"x{n}", b"") for n in range(MOST_PARTS)) + FILE + b"--b--",
        FILE.replace(b"form-data; ", b"attachment; ") + b"--b--",
        FILE.replace(b' name="file";', b"") + b"--b--",
        part("file", b"e30=", "a", "\r\nContent-Transfer-Encoding: base64") + b"--b--",
        part("file", b"{}", "a" * 5000) + b"--b--",
        FILE.replace(b"--b\r\n", b"--bc\r\n") + b"--b--",
        FILE.replace(b"\r\n", b"\n") + b"--b--",
        FILE.replace(b"a.jsonl", b"\xff.jsonl") + b"--b--",
    ],
    ids=range(16),
)
def test_a_form_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read_form(body, b"b")


def test_a_boundary_is_taken_from_a_form_alone() -> None:
    assert boundary_of('multipart/form-data; boundary="b c"') == b"b c"
    assert boundary_of("Multipart/Form-Data; charset=utf-8; boundary=x") == b"x"
    for content_type in ("", "application/json", "multipart/mixed; boundary=x", "multipart/form-data"):
        with pytest.raises(UnsupportedMediaType):
            boundary_of(content_type)
    for boundary in ("", "x" * 71, "ä", '"a\\"b"'):
        with pytest.raises(UnsupportedMediaType):
            boundary_of(f"multipart/form-data; boundary={boundary}")
