"""The processes from outside: who loads regopy, who outlives whom, and what grows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]

HEAD = """
import asyncio, random, sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from gateway.policy.engine_process import EngineProcess, deciding
from tests.unit.gateway.policy.samples import HARMLESS, program, shipped_bundle

def resident_kb(process="self"):
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4
"""


def said_by(text: str) -> list[str]:
    """What a process of its own prints."""
    answer = subprocess.run(
        [sys.executable, "-c", HEAD + text], cwd=ROOT, capture_output=True, text=True, check=True, timeout=110
    )
    return answer.stdout.split()


def test_the_proxy_never_loads_regopy_not_even_while_it_decides() -> None:
    loaded = said_by("""
import gateway.app, gateway.commands.serve, gateway.commands.policy
from gateway.policy.bundle import catalog_path
from gateway.policy.decide import build_policy
from gateway.settings import PolicySettings
from routers.catalog import load_catalog

async def decided():
    async with build_policy(PolicySettings(), load_catalog(catalog_path(PolicySettings()))).in_force() as policy:
        return (await policy.decide(HARMLESS)).allowed

print(asyncio.run(decided()), [name for name in sys.modules if "regopy" in name])
""")

    assert loaded == ["True", "[]"]


def test_the_worker_loads_neither_the_gateway_nor_anything_installed_but_regopy() -> None:
    text = """
import runpy, sys
before = set(sys.modules)
runpy.run_path(sys.argv[1], run_name="imported")
print(*{name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
"""
    worker = ROOT / "gateway" / "policy" / "worker.py"
    answer = subprocess.run(
        [sys.executable, "-I", "-c", text, str(worker)], cwd="/", capture_output=True, text=True, check=True, timeout=60
    )

    assert answer.stdout.split() == ["regopy"]


def test_the_worker_gets_none_of_the_parent_s_environment() -> None:
    environment = said_by("""
import os
os.environ["GATEWAY_SECRETS__MASTER"] = "synthetic"

async def main():
    with closing(EngineProcess(program("x := 1", "x"))) as engine:
        await engine.ready()
        print(Path(f"/proc/{engine.pid}/environ").read_bytes().count(b"="))

asyncio.run(main())
""")

    assert int(environment[0]) <= 1


def test_five_thousand_misses_grow_neither_the_gateway_nor_the_worker() -> None:
    gateway_kb, worker_kb = said_by("""
import greenlet
from gateway.policy.cache import VerdictCache
from gateway.policy.decide import RegoPolicy

async def main():
    bundle = shipped_bundle()
    questions = [replace(HARMLESS, level=level, purpose=f"p{n}") for level in range(5) for n in range(40)]
    with closing(EngineProcess(deciding(bundle))) as engine:
        policy = RegoPolicy(bundle, engine, VerdictCache(1))
        async def ask(times):
            for number in range(times):
                await policy.decide(questions[number % len(questions)])
        await ask(1000)
        before, worker = resident_kb(), resident_kb(engine.pid)
        await ask(5000)
        print(resident_kb() - before, resident_kb(engine.pid) - worker)

asyncio.run(main())
""")

    assert int(gateway_kb) < 1024
    assert int(worker_kb) < 2048


def test_classifying_diverse_text_beside_a_running_policy_does_not_grow_the_gateway() -> None:
    """re2 frees its automata when they are full. With another library's allocator in the process it could not."""
    (grown_kb,) = said_by("""
from gateway.classify.build import build_classifier
from gateway.settings import ClassifySettings

WORDS = "the and under name very water light form line differ".split()

def texts(rng, count):
    for _ in range(count):
        yield " ".join(
            rng.choice(WORDS) + (str(rng.randrange(10**9)) if rng.random() < 0.1 else "") for _ in range(700)
        )

rng = random.Random(1)
classifier = build_classifier(ClassifySettings())

def classify(count):
    for text in texts(rng, count):
        classifier.read_text(text)

with closing(EngineProcess(deciding(shipped_bundle()))) as engine:
    asyncio.run(engine.ready())
    classify(400)
    before = resident_kb()
    classify(400)
    print(resident_kb() - before)
""")

    assert int(grown_kb) < 4096


ORPHANING = """
async def main():
    endless = "slow := count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); a * b == 7])"
    engine = EngineProcess(program(endless, "slow"))
    await engine.ready()
    asking = asyncio.create_task(engine.evaluate({})) if BUSY else None
    await asyncio.sleep(0.1)
    print(engine.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_killed_gateway_leaves_no_worker_idle_or_busy() -> None:
    for busy in (False, True):
        parent = subprocess.Popen(
            [sys.executable, "-c", f"{HEAD}\nBUSY = {busy}\n{ORPHANING}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with parent:
            assert parent.stdout is not None
            worker = int(parent.stdout.readline())
            assert _runs(worker)
            parent.send_signal(signal.SIGKILL)
        for _ in range(500):
            if not _runs(worker):
                break
            time.sleep(0.01)
        assert not _runs(worker)


def _runs(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
