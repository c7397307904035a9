"""What `gateway classify --lines` does with lines that are no text, or more text than anybody writes.

A child of its own reads each file, so its memory and its CPU time are what the operating system counted for it. Each
line gets an answer, and what was not read in full says so and is of the highest level. The large ones by command:

    pytest -m slow -n0 -s tests/unit/gateway/commands/test_classify_bad_input.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.settings import ClassifySettings

EMAIL = "dana.whitfield@example.com"
MOST_MB = 450
"""A process that has read nothing but a short line has 150 MB."""
START_CPU_S = 15.0
_MEASURED = """
import json, resource, subprocess, sys
with open(sys.argv[2], "wb") as out:
    code = subprocess.run([sys.executable, "-m", "gateway", "classify", "--lines", sys.argv[1]], stdout=out).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_maxrss / 1000, used.ru_utime + used.ru_stime]))
"""
"""A small process in between: a child's peak begins with the size of the process that started it."""


@dataclass(frozen=True)
class Done:
    """What a child answered, its exit code, and what it took."""

    answers: list[dict[str, object]]
    code: int
    peak_mb: float
    cpu_s: float


def classified(tmp_path: Path, lines: Sequence[bytes]) -> Done:
    source, out = tmp_path / "lines.jsonl", tmp_path / "answers.jsonl"
    source.write_bytes(b"\n".join(lines) + b"\n")
    command = [sys.executable, "-c", _MEASURED, str(source), str(out)]
    code, peak_mb, cpu_s = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    answers = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    sys.stdout.write(f"{len(lines)} lines: {peak_mb:.0f} MB, {cpu_s:.1f} s of CPU\n")
    return Done(answers, code, peak_mb, cpu_s)


def string(text: str) -> bytes:
    return json.dumps(text).encode()


def is_of_the_highest_level(answer: dict[str, object]) -> bool:
    failed, categories = answer["failed"], answer["categories"]
    return answer["level"] == "regulated" and bool(failed) and isinstance(categories, list) and "unknown" in categories


def types_of(answer: dict[str, object]) -> set[str]:
    findings = answer["findings"]
    assert isinstance(findings, list)
    return {each["type"] for each in findings}


REFUSED = (
    b'"\xff\xfe"',
    b'"caf\xe9"',
    b'"\\ud800"',
    b'"\xed\xa0\x80"',
    b'"before \\udfff after"',
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'"' + b"x" * 1000,
    b"\x00",
    b"nul",
)
READ = (
    string("[" * 200_000 + EMAIL + "]" * 200_000),
    string('{"a":' * 20_000 + f'"{EMAIL}"' + "}" * 20_000),
    string(json.dumps(json.dumps(json.dumps({"mail": EMAIL})))),
    string("\x00" * 20_000 + f" {EMAIL} "),
)


def test_lines_that_are_no_text_or_deeply_nested_are_answered_in_bounds(tmp_path: Path) -> None:
    lines = [line for refused in REFUSED for line in (refused, string(f"write to {EMAIL}"))] + list(READ)
    done = classified(tmp_path, lines)
    assert (done.code, len(done.answers)) == (2, len(lines))
    for number in range(len(REFUSED)):
        refused, found = done.answers[2 * number : 2 * number + 2]
        assert "error" in refused
        assert is_of_the_highest_level(refused)
        assert (found["failed"], types_of(found)) == ([], {"EMAIL_ADDRESS"})
    for answer in done.answers[2 * len(REFUSED) :]:
        assert "EMAIL_ADDRESS" in types_of(answer) or is_of_the_highest_level(answer)
    assert done.peak_mb < MOST_MB
    assert done.cpu_s < START_CPU_S


LARGE = {
    "10 MB of one token": ("x" * 10_000_000, 0),
    "10 MB of one token of digits": ("7" * 10_000_000, 0),
    "100,000 findings": ("ann@example.com " * 100_000, 100_000),
    "200,000 deep": ("[" * 200_000 + EMAIL + "]" * 200_000, 1),
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LARGE)
def test_a_line_of_megabytes_is_answered_in_bounds(tmp_path: Path, name: str) -> None:
    text, findings = LARGE[name]
    done = classified(tmp_path, [string(text), string(f"write to {EMAIL}")])
    large, small = done.answers
    assert is_of_the_highest_level(large) or large["failed"] == []
    if not large["failed"]:
        assert isinstance(large["findings"], list)
        assert len(large["findings"]) >= findings
    assert types_of(small) == {"EMAIL_ADDRESS"}
    assert done.peak_mb < MOST_MB
    assert done.cpu_s < START_CPU_S + 2 * ClassifySettings().cpu_s
