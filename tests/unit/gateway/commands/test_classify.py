"""`gateway classify`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.commands.classify import LINE_BYTES, _lines
from tests.unit.gateway.commands.conftest import Run

EMAIL = "dana.whitfield@example.com"


def test_findings_are_places_and_types_and_never_values(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text(f"Write to {EMAIL}.", encoding="utf-8")
    done = run("classify", file, "--json")
    assert done.code == 1
    found = done.json()
    assert isinstance(found, dict)
    assert (found["level"], found["categories"], found["failed"]) == ("confidential", ["pii.direct"], [])
    (finding,) = found["findings"]
    assert (finding["type"], finding["start"], finding["end"]) == ("EMAIL_ADDRESS", 9, 9 + len(EMAIL))
    assert EMAIL not in done.out
    table = run("classify", file)
    assert table.out.splitlines()[0] == "level: confidential"
    assert EMAIL not in table.out


def test_nothing_found_is_zero(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"How do tides work?")))
    done = run("classify", "-")
    assert (done.code, done.out) == (0, "level: internal\n")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_text_that_cannot_be_read_is_two(run: Run, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "note.txt"
    if content is not None:
        file.write_bytes(content)
    done = run("classify", file)
    assert (done.code, done.out) == (2, "")
    assert "cannot read the text" in done.err


def _answers(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_line_is_one_string_and_gets_one_object(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'"How do tides work?"\n"Grüße 😀 {EMAIL}"', encoding="utf-8")
    done = run("classify", "--lines", file)
    assert done.code == 1
    nothing, found = _answers(done.out)
    assert nothing == {"level": "internal", "categories": [], "failed": [], "findings": []}
    (finding,) = found["findings"]  # type: ignore[misc]
    assert (finding["start"], finding["end"]) == (8, 8 + len(EMAIL))
    assert 0 < finding["score"] <= 1
    assert EMAIL not in done.out


@pytest.mark.parametrize(
    "line", [b"", b"{", b"17", b'"half', b'"\xff"', b'"\\ud800"', b'["a"]'], ids=lambda line: line.decode("latin1")
)
def test_a_line_that_is_no_string_is_an_error_and_the_next_is_read(run: Run, tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(line + f'\n"{EMAIL}"\n'.encode())
    done = run("classify", "--lines", "--json", file)
    assert done.code == 2
    refused, found = _answers(done.out)
    assert (refused["level"], refused["findings"], "error" in refused) == ("regulated", [], True)
    assert found["level"] == "confidential"


def test_a_line_too_long_to_hold_is_skipped_in_pieces() -> None:
    pieces = io.BytesIO(b"x" * (2 * LINE_BYTES + 5) + b'\n"a"\n')
    assert list(_lines(pieces)) == [None, b'"a"\n']


def test_a_program_can_wait_for_each_answer() -> None:
    command = [sys.executable, "-m", "gateway", "classify", "--lines"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for _ in range(2):
            running.stdin.write('"hello"\n')
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["level"] == "internal"
        running.stdin.close()
    assert running.returncode == 0
