"""A child gets nothing of ours, answers in time or is not trusted, and never outlives whoever keeps it."""

from __future__ import annotations

import ast
import gc
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.child import Child, ChildSilent, Frames, KeptChild, framed

HEAD = """
import os, socket, struct, time
link = socket.socket(fileno=0)
def hear():
    size = struct.unpack(">I", link.recv(4, socket.MSG_WAITALL))[0]
    return link.recv(size, socket.MSG_WAITALL)
def say(body, claimed=None):
    link.sendall(struct.pack(">I", len(body) if claimed is None else claimed) + body)
"""
ECHO = "while True: say(hear())"


def command(text: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", HEAD + text)


@pytest.fixture(name="echo")
def _echo() -> Iterator[Child]:
    child = Child(command(ECHO))
    yield child
    child.close()


def test_a_child_answers_frames_of_any_size(echo: Child) -> None:
    for size in (0, 1, 3_000_000):
        assert echo.ask(b"x" * size, limit_bytes=4_000_000, seconds=20) == b"x" * size


def test_a_child_sees_neither_environment_nor_directory_nor_files_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATEWAY_SECRETS__MASTER", "a secret")
    monkeypatch.chdir(tmp_path)
    text = """
places = [f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd")]
files = [os.readlink(each) for each in places if os.path.lexists(each)]
say(repr((sorted(os.environ), os.getcwd(), files)).encode())
"""
    with (tmp_path / "open").open("w"):
        child = Child(command(text))
        said = child.receive(limit_bytes=10_000, seconds=20).decode()
        child.close()
    names, directory, files = ast.literal_eval(said)
    assert set(names) <= {"LC_CTYPE", "LD_LIBRARY_PATH"}
    assert directory == "/"
    assert not [each for each in files if str(tmp_path) in each]


def test_what_a_child_says_ahead_waits_for_the_next_question() -> None:
    child = Child(command("say(b'one'); say(b'two'); hear()"))
    assert [child.receive(limit_bytes=9, seconds=20) for _ in range(2)] == [b"one", b"two"]
    child.close()


SILENT = {
    "says nothing": "hear(); time.sleep(30)",
    "hangs up": "hear()",
    "says too much": "hear(); say(b'', claimed=10_001); time.sleep(30)",
    "says half of it": "hear(); say(b'half', claimed=100); time.sleep(30)",
    "says it drop by drop": """
hear(); say(b"", claimed=10_000)
for _ in range(10_000): link.send(b"x"); time.sleep(0.02)
""",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=list(SILENT))
def test_a_child_that_does_not_answer_in_time_and_form_is_not_waited_for(text: str) -> None:
    child = Child(command(text))
    began = time.monotonic()
    with pytest.raises(ChildSilent):
        child.ask(b"question", limit_bytes=10_000, seconds=1.0)
    assert time.monotonic() - began < 15
    assert child.close() != 0 or text == SILENT["hangs up"]


def test_a_command_that_cannot_be_started_leaves_nothing_open() -> None:
    gc.collect()  # what other tests left to it is not closed in between
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="nowhere"):
        Child(("/nowhere/at/all",))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_frames_come_whole_from_any_pieces() -> None:
    stream = framed(b"one") + framed(b"") + framed(b"three")
    frames, found = Frames(5), []
    for place in range(len(stream)):
        frames.feed(stream[place : place + 1])
        while (body := frames.next()) is not None:
            found.append(body)
    assert found == [b"one", b"", b"three"]
    frames.feed(framed(b"too long")[:4])
    with pytest.raises(ChildSilent):
        frames.next()


def test_a_kept_child_is_replaced_when_it_died() -> None:
    kept = KeptChild(command(ECHO))
    assert (kept.pid, kept.runs, kept.held) == (None, False, None)
    first = kept.running()
    assert kept.running() is first
    os.kill(first.pid, 9)
    first._process.wait()
    assert kept.pid is None
    second = kept.running()
    assert second is not first
    assert second.ask(b"still", limit_bytes=100, seconds=20) == b"still"
    kept.end()
    kept.end()
    assert kept.held is None


def test_a_child_ends_with_whoever_keeps_it() -> None:
    kept = KeptChild(command(ECHO))
    child = kept.running()
    del kept
    gc.collect()
    assert not child.alive
