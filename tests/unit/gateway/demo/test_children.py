"""Processes of the demo never outlive it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from gateway.demo.children import Child, ChildFailed, Children

ANNOUNCE = "import json, os; print(json.dumps({'url': 'http://x', 'extra': os.environ.get('EXTRA', '')}), flush=True)"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of small programs that can be started with `python -m`."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    texts = {
        "patient": f"import time\n{ANNOUNCE}\ntime.sleep(600)",
        "stubborn": f"import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{ANNOUNCE}\ntime.sleep(600)",
        "short": ANNOUNCE,
        "broken": "raise SystemExit('no such luck')",
        "list_instead": "print([1], flush=True)",
        "settings": "import json, os\nprint(json.dumps({k: '' for k in os.environ if k.startswith('GATEWAY_')}))",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


def is_running(child: Child) -> bool:
    try:
        os.kill(child.process.pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_announced_line_is_read_and_the_process_ends_with_the_context(programs: Path) -> None:
    async with Children(programs) as children:
        child = await children.start("one", ["patient"], {"EXTRA": "given"})
        assert child.announced == {"url": "http://x", "extra": "given"}
        assert is_running(child)
    assert not is_running(child)


async def test_every_process_ends_when_the_context_fails(programs: Path) -> None:
    started: list[Child] = []

    async def demo() -> None:
        async with Children(programs) as children:
            started.extend([await children.start(name, ["patient"]) for name in ("one", "two")])
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        await demo()
    assert len(started) == 2
    assert not any(is_running(child) for child in started)


async def test_processes_started_together_all_end(programs: Path) -> None:
    async with Children(programs) as children:
        names = ("one", "two", "three")
        started = await asyncio.gather(*(children.start(name, ["patient"]) for name in names))
        assert all(is_running(child) for child in started)
    assert not any(is_running(child) for child in started)


async def test_every_process_ends_when_the_demo_is_interrupted(programs: Path) -> None:
    running: asyncio.Future[Child] = asyncio.get_running_loop().create_future()

    async def demo() -> None:
        async with Children(programs) as children:
            running.set_result(await children.start("one", ["patient"]))
            await asyncio.sleep(600)

    task = asyncio.create_task(demo())
    child = await running
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(child)


async def test_process_that_does_not_listen_is_killed(programs: Path) -> None:
    async with Children(programs, stop_s=0.2) as children:
        child = await children.start("one", ["stubborn"])
    assert not is_running(child)
    assert child.process.returncode == -9


async def test_process_that_cannot_start_says_why(programs: Path) -> None:
    async with Children(programs) as children:
        with pytest.raises(ChildFailed, match=r"(?s)one could not start.*no such luck"):
            await children.start("one", ["broken"])


async def test_unreadable_announcement_is_refused(programs: Path) -> None:
    async with Children(programs) as children:
        with pytest.raises(ChildFailed, match="unreadable"):
            await children.start("one", ["list_instead"])


async def test_silent_process_is_given_up_and_ended(programs: Path) -> None:
    (programs / "silent.py").write_text("import time; time.sleep(600)", encoding="utf-8")
    async with Children(programs, start_s=0.2) as children:
        with pytest.raises(ChildFailed, match="did not start within"):
            await children.start("one", ["silent"])


async def test_process_that_ends_by_itself_is_noticed(programs: Path) -> None:
    async with Children(programs) as children:
        await children.start("lasting", ["patient"])
        await children.start("short-lived", ["short"])
        assert await asyncio.wait_for(children.any_ended(), 10) == "short-lived"


async def test_settings_of_the_shell_do_not_reach_the_demo(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "80")
    async with Children(programs) as children:
        assert (await children.start("one", ["settings"])).announced == {}
