"""The Gluon attention kernel compiles for Hopper; what it computes is checked on a GPU (`tests/gpu`).

Slow: run with `pytest -m slow tests/unit/kernels/test_msa_hopper.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SHARED_BYTES_OF_SM = 228 * 1024
RESERVED_BYTES = 1024
"""What the driver keeps of each program's shared memory."""


@pytest.mark.parametrize("group", [16, 8])
@pytest.mark.timeout(300)
def test_two_programs_fit_a_multiprocessor(group: int) -> None:
    script = Path(__file__).with_name("compile_hopper.py")
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    root = str(script.parents[3])
    done = subprocess.run(
        [sys.executable, str(script), str(group)],
        env={**environment, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    used = json.loads(done.stdout)
    assert 2 * (used["shared_bytes"] + RESERVED_BYTES) <= SHARED_BYTES_OF_SM
    assert used["products"] > 0
