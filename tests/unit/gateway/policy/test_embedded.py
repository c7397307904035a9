"""The engine: its traps, measured."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.embedded import EmbeddedRego, UndefinedResult, refuse_late_load
from gateway.policy.question import document
from tests.unit.gateway.policy.samples import HARMLESS, POLICIES, shipped_bundle, with_module

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("late", ["greenlet", "numpy", "grpc"])
def test_refuses_to_start_when_a_clashing_library_came_first(late: str) -> None:
    refuse_late_load(["sys", "regopy", late])
    with pytest.raises(StartupError, match=late):
        refuse_late_load(["sys", late, "regopy"])


def test_refuses_to_start_when_regopy_is_not_loaded() -> None:
    with pytest.raises(StartupError):
        refuse_late_load(["sys"])


@pytest.mark.parametrize(("first", "starts"), [("greenlet", False), ("gateway", True)])
def test_the_order_of_imports_decides_in_a_real_process(first: str, starts: bool) -> None:
    program = f"""
import {first}
import gateway, greenlet
from gateway.errors import StartupError
from gateway.policy.decide import build_policy
from gateway.policy.bundle import catalog_path
from gateway.settings import PolicySettings
from routers.catalog import load_catalog
try:
    build_policy(PolicySettings(), load_catalog(catalog_path(PolicySettings())))
except StartupError as error:
    print("refused", error)
else:
    print("started")
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert answer.stdout.startswith("started" if starts else "refused greenlet")


def test_four_threads_get_the_answers_of_one() -> None:
    engine = EmbeddedRego(shipped_bundle())
    questions = [
        document(replace(HARMLESS, level=level, clearance=clearance, destination=destination))
        for level in (0, 2, 4)
        for clearance in (0, 2, 4)
        for destination in ("anthropic-us", "minimax-cn", "inhouse-m3", "nowhere")
    ]
    expected = [engine.evaluate(question) for question in questions]

    def ask(_: int) -> list[object]:
        return [engine.evaluate(question) for _ in range(5) for question in questions]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))

    assert answers == [expected * 5] * 4


def test_five_thousand_evaluations_do_not_grow_the_process() -> None:
    program = f"""
import gateway, greenlet
from pathlib import Path
from dataclasses import replace
from tests.unit.gateway.policy.samples import HARMLESS, shipped_bundle
from gateway.policy.embedded import EmbeddedRego
from gateway.policy.question import document
def resident_kb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * {4096 // 1024}
engine = EmbeddedRego(shipped_bundle())
questions = [document(replace(HARMLESS, level=level)) for level in range(5)]
for number in range(1000):
    engine.evaluate(questions[number % 5])
before = resident_kb()
for number in range(5000):
    engine.evaluate(questions[number % 5])
print(resident_kb() - before)
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=110
    )

    assert int(answer.stdout) < 1024


def test_an_entrypoint_without_a_value_is_undefined_not_an_answer() -> None:
    bundle = with_module(shipped_bundle(), "route/extra.rego", "package gateway.route\n\nnever if level == 99\n")
    engine = EmbeddedRego(bundle, entrypoints=["gateway/route/never"])

    with pytest.raises(UndefinedResult):
        engine.evaluate(document(HARMLESS), "gateway/route/never")


def test_an_evaluation_that_conflicts_is_unavailable_and_says_nothing_of_the_question() -> None:
    text = "package gateway.route\n\nboth := 1 if level == 0\n\nboth := 2 if level == 0\n"
    bundle = with_module(shipped_bundle(), "route/extra.rego", text)
    engine = EmbeddedRego(bundle, entrypoints=["gateway/route/both"])

    with pytest.raises(PolicyUnavailable) as caught:
        engine.evaluate(document(HARMLESS), "gateway/route/both")
    assert "anthropic" not in str(caught.value)


def test_a_bundle_that_does_not_compile_stops_the_start() -> None:
    bundle = with_module(
        shipped_bundle(), "route/extra.rego", "package gateway.route\n\nx if every y in [1] {\n\ty\n}\n"
    )

    with pytest.raises(StartupError):
        EmbeddedRego(bundle)


def test_the_package_imports_regopy_before_anything_else() -> None:
    text = (ROOT / "gateway" / "__init__.py").read_text()
    imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]

    assert imports[0].startswith("import regopy")
    assert POLICIES.is_dir()
