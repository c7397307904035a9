"""The Gluon kernels compile for Hopper; what they compute is checked on a GPU (`tests/gpu`).

Slow: run with `pytest -m slow tests/unit/kernels/test_msa_hopper.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SHARED_BYTES_OF_PROGRAM = 227 * 1024
"""The most that one program may have."""
WARPS = 12
"""Two consumers and a producer, each in a group of four."""


@pytest.mark.parametrize(
    ("kernel", "heads"), [("blocks", 16), ("blocks", 8), ("dense", 16), ("dense", 8), ("largest", 4), ("largest", 1)]
)
@pytest.mark.timeout(300)
def test_a_program_fits_a_multiprocessor(kernel: str, heads: int) -> None:
    script = Path(__file__).with_name("compile_hopper.py")
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    root = str(script.parents[3])
    done = subprocess.run(
        [sys.executable, str(script), kernel, str(heads)],
        env={**environment, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    used = json.loads(done.stdout)
    assert used["shared_bytes"] <= SHARED_BYTES_OF_PROGRAM
    assert used["warps"] == WARPS
    assert used["products"] > 0
    assert used["copies"] > 0
