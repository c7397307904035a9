"""Letters in pictures, where Tesseract is installed; without it a gateway that wants them does not start."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from gateway.classify.documents.extracted import NOTHING
from gateway.classify.documents.letters import LetterReader, find_letter_reader
from gateway.errors import StartupError


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Something that takes a picture and answers as Tesseract does."""
    path = tmp_path / "tesseract"
    path.write_text('#!/bin/sh\nhead -c 8 | grep -q PNG && echo "Jane Roe 4111" || exit 1\n')
    path.chmod(0o755)
    return path


def png(width: int = 8, height: int = 8) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes(width) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_letters_are_read_and_the_picture_is_never_complete(program: Path) -> None:
    extracted = LetterReader(program).read(png(), 5)
    assert extracted.texts == ("Jane Roe 4111\n",)
    assert not extracted.complete


def test_a_program_that_fails_or_is_missing_gives_nothing(program: Path, tmp_path: Path) -> None:
    assert LetterReader(program).read(b"no picture", 5) == NOTHING
    assert LetterReader(tmp_path / "none").read(png(), 5) == NOTHING
    assert LetterReader(program).read(png(), 0) == NOTHING


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "slow"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    assert LetterReader(path, limit_s=0.2).read(png(), 5) == NOTHING


def test_a_gateway_that_wants_letters_does_not_start_without_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StartupError, match="tesseract-ocr"):
        find_letter_reader("eng")


def test_the_program_is_found_on_the_path(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_letter_reader("eng+deu") == LetterReader(program, "eng+deu", _environment={})
