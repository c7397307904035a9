"""The child and its parent, with the real library where the model matters and a few lines of Python where time does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.names.countries import load_countries
from gateway.classify.names.large.detector import LargeNamesDetector
from gateway.classify.names.large.process import ModelOrder, ModelProcess, ModelUnavailable
from gateway.settings import ClassifySettings
from tests.unit.gateway.classify.names.large.models import COMMAND, make_model, order_of, require_packages

_SPEAKING = """
import json, os, struct, sys, time
def say(value):
    body = json.dumps(value).encode()
    os.write(0, struct.pack(">I", len(body)) + body)
def hear():
    return json.loads(os.read(0, struct.unpack(">I", os.read(0, 4))[0]))
"""


def child(body: str, log: Path) -> tuple[str, ...]:
    """A child of a few lines that says when it was started."""
    return (sys.executable, "-I", "-c", f"open({str(log)!r}, 'a').write('.')\n{_SPEAKING}\n{body}")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_packages()
    return make_model(tmp_path_factory.mktemp("large") / "model")


@pytest.fixture(scope="module")
def model(directory: Path) -> Iterator[ModelProcess]:
    process = ModelProcess(order_of(directory), command=COMMAND)
    process.start()
    yield process
    process.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Priya Raman met Acme, in Leeds.",
            [("Priya Raman", "PERSON"), ("Acme", "ORGANIZATION"), ("Leeds", "LOCATION")],
        ),
        ("Ramanesh", [("Ramanesh", "PERSON")]),
        ("Priya\nRaman", [("Priya", "PERSON"), ("Raman", "PERSON")]),
        ("met " * 500 + "Priya Raman of Leeds", [("Priya Raman", "PERSON"), ("Leeds", "LOCATION")]),
        ("\ud800 中国 Priya", [("Priya", "PERSON")]),
        ("", []),
    ],
)
def test_a_model_of_the_real_library_reads_names(
    model: ModelProcess, text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(text[name.start : name.end], name.type) for name in model.names(text)] == expected


def test_windows_that_overlap_find_each_name_once(model: ModelProcess) -> None:
    text = "Priya met Leeds. " * 300
    assert len(model.names(text)) == 600


def test_a_model_of_the_real_library_finds_names_in_calls(model: ModelProcess) -> None:
    detector = LargeNamesDetector(model, "revision", load_countries())
    patient = ClassifySettings(timeout_s=60)
    content = CallClassifier([detector], patient, time.monotonic).read_text("Priya Raman met Acme in Leeds.")
    assert {(each.type, each.detector) for each in content.findings} == {
        ("PERSON", "names_large"),
        ("ORGANIZATION", "names_large"),
        ("LOCATION", "names_large"),
    }


def test_no_module_of_the_gateway_loads_torch() -> None:
    code = (
        "import sys, gateway.classify.build, gateway.classify.names.large.detector; "
        "import gateway.classify.names.large.reading, gateway.classify.names.large.worker; "
        "sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


def test_a_child_may_not_connect() -> None:
    code = (
        "import socket, sys; from gateway.classify.names.large.worker import refuse_calls; "
        "sys.addaudithook(refuse_calls); socket.create_connection(('127.0.0.1', 9))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


def test_a_child_over_its_memory_ends(directory: Path) -> None:
    process = ModelProcess(order_of(directory, resident_mb=60), command=COMMAND)
    with pytest.raises(ModelUnavailable):
        process.start()
    assert process.pid is None


def test_files_changed_since_they_were_pinned_are_not_loaded(tmp_path: Path) -> None:
    require_packages()
    order = order_of(make_model(tmp_path / "model"))
    (tmp_path / "model" / "README.md").write_text("another model", encoding="utf-8")
    with pytest.raises(ModelUnavailable):
        ModelProcess(order, command=COMMAND).start()


ORDER = ModelOrder("/nowhere", "0" * 64, answer_s=0.4, start_s=10.0, pause_s=0.05)


def wait_for_another(process: ModelProcess, pid: int | None) -> None:
    deadline_s = time.monotonic() + 10
    while process.pid in {None, pid} and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert process.pid not in {None, pid}


def test_a_child_that_hangs_is_ended_and_another_answers(tmp_path: Path) -> None:
    body = "say(True)\nwhile True:\n    hear()\n    say([])"
    process = ModelProcess(ORDER, command=child(body, tmp_path / "log"))
    process.start()
    assert process.names("text") == []
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ModelUnavailable):
        process.names("text")
    wait_for_another(process, pid)
    assert process.names("text") == []
    process.close()


@pytest.mark.parametrize(
    "answer",
    ["'x'", "[1]", "[[0, 99, 'PERSON', 900]]", "[[2, 1, 'PERSON', 900]]", "[[0, 1, 'OTHER', 900]]", "{'names': []}"],
)
def test_an_answer_that_is_none_reads_as_no_answer(tmp_path: Path, answer: str) -> None:
    process = ModelProcess(ORDER, command=child(f"say(True); hear(); say({answer}); time.sleep(9)", tmp_path / "log"))
    process.start()
    with pytest.raises(ModelUnavailable):
        process.names("text")
    process.close()


def test_a_child_that_dies_on_every_text_is_started_ever_later(tmp_path: Path) -> None:
    process = ModelProcess(ORDER, command=child("say(True); hear()", tmp_path / "log"))
    process.start()
    ended_s = time.monotonic() + 2.0
    while time.monotonic() < ended_s:
        with pytest.raises(ModelUnavailable):
            process.names("text")
        time.sleep(0.01)
    process.close()
    # Pauses of 0.05, 0.1, 0.2, 0.4, 0.8 s: without them it would be started some forty times.
    assert 2 <= len((tmp_path / "log").read_text(encoding="utf-8")) <= 7


def test_a_closed_process_does_not_start_again(tmp_path: Path) -> None:
    process = ModelProcess(ORDER, command=child("say(True); hear()", tmp_path / "log"))
    process.start()
    process.close()
    process.close()
    with pytest.raises(ModelUnavailable):
        process.names("text")
    with pytest.raises(ModelUnavailable):
        process.start()
    assert process.pid is None


@pytest.mark.parametrize("body", ["say(False)", "", "say('yes')", "time.sleep(9)"])
def test_a_child_that_is_not_ready_is_not_used(tmp_path: Path, body: str) -> None:
    order = ModelOrder("/nowhere", "0" * 64, answer_s=0.4, start_s=0.5, pause_s=0.05)
    process = ModelProcess(order, command=child(body, tmp_path / "log"))
    with pytest.raises(ModelUnavailable):
        process.start()
    assert process.pid is None
