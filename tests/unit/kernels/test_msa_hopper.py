"""What kernels use once they are compiled for Hopper; what they compute is checked on a GPU (`tests/gpu`).

Slow: run with `pytest -m slow tests/unit/kernels/test_msa_hopper.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kernels.msa import CoarseIndex
from kernels.msa.decode.launch import WARP_SPLITS
from kernels.msa.dispatch import table_of

pytestmark = pytest.mark.slow

SHARED_BYTES_OF_PROGRAM = 227 * 1024
"""The most that one program may have."""
WARPS = 12
"""Two consumers and a producer, each in a group of four."""


EXACT = {
    "TP4, 64 requests at 32 k, fp8": (1, 32, 32, 1),
    "TP4, 32 at 128 k, fp8": (1, 64, 64, 1),
    "TP1, 32 at 128 k, fp8": (4, 256, 32, 1),
    "TP1, 32 at 128 k, bf16": (4, 256, 32, 0),
}
"""Index heads, span, lists and whether keys are fp8, as `index.coarse.launch.rescore` has them with 528 programs."""


def compiled(script: str, *arguments: object) -> dict[str, int]:
    """What a script beside this file prints."""
    path = Path(__file__).with_name(script)
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, str(path), *(str(each) for each in arguments)],
        env={**environment, "PYTHONPATH": str(path.parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )
    used: dict[str, int] = json.loads(done.stdout)
    return used


@pytest.mark.parametrize(
    ("kernel", "heads"), [("blocks", 16), ("blocks", 8), ("dense", 16), ("dense", 8), ("largest", 4), ("largest", 1)]
)
@pytest.mark.timeout(300)
def test_a_program_fits_a_multiprocessor(kernel: str, heads: int) -> None:
    used = compiled("compile_hopper.py", kernel, heads)
    assert used["shared_bytes"] <= SHARED_BYTES_OF_PROGRAM
    assert used["warps"] == WARPS
    assert used["products"] > 0
    assert used["copies"] > 0


@pytest.mark.parametrize("sizes", EXACT.values(), ids=EXACT.keys())
@pytest.mark.timeout(300)
def test_exact_scores_keep_nothing_on_the_stack(sizes: tuple[int, int, int, int]) -> None:
    """With the registers of the table's rules for 528 programs; with half as many they do (docs/decisions/257)."""
    plans = [rule.plan for rule in table_of("NVIDIA H200")["decode_coarse"]]
    roomy = [plan for plan in plans if isinstance(plan, CoarseIndex) and plan.rescore_programs == 528]
    registers = {plan.rescore_registers for plan in roomy}
    assert len(registers) == 1
    most = registers.pop()
    assert compiled("compile_triton.py", "exact", *sizes, most)["stack_bytes"] == 0
    assert compiled("compile_triton.py", "exact", *sizes, most // 2)["stack_bytes"] > 0


@pytest.mark.timeout(300)
def test_a_merge_keeps_nothing_on_the_stack() -> None:
    """With one warp up to `WARP_SPLITS`, and with two of twice as many; with one of these it does (258)."""
    assert compiled("compile_triton.py", "merge", WARP_SPLITS, 1)["stack_bytes"] == 0
    assert compiled("compile_triton.py", "merge", 2 * WARP_SPLITS, 2)["stack_bytes"] == 0
    assert compiled("compile_triton.py", "merge", 2 * WARP_SPLITS, 1)["stack_bytes"] > 0


@pytest.mark.parametrize("page", [128 * 128, 4 * 128 * 256], ids=["index keys", "keys and values"])
@pytest.mark.parametrize("bf16", [1, 0])
@pytest.mark.timeout(300)
def test_a_copy_in_16_bits_keeps_nothing_on_the_stack(page: int, bf16: int) -> None:
    used = compiled("compile_triton.py", "widen", page, bf16)
    assert used["stack_bytes"] == 0
    assert used["registers"] <= 128
