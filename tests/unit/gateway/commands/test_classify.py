"""`gateway classify`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

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
