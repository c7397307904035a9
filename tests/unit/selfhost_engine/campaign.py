"""The whole campaign of `test_token_exact.py` on many cores, without pytest: one line for each part that is done.

python -m tests.unit.selfhost_engine.campaign [--processes 16] [--stride 1] [--offset 0]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import torch

from tests.unit.selfhost_engine.test_token_exact import PARTS, RANDOM_MODELS, check_part

_SEQUENCES = 7


def timed_part(number: int) -> tuple[int, int, float]:
    """The part's number, how many requests were preempted in it, and its seconds."""
    torch.set_num_threads(1)
    os.nice(10)
    begun = time.monotonic()
    return number, check_part(*divmod(number, PARTS)), time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--stride", type=int, default=1, help="every so many parts")
    parser.add_argument("--offset", type=int, default=0, help="beginning with this one")
    options = parser.parse_args()
    parts = range(options.offset, RANDOM_MODELS * PARTS, options.stride)
    done = preempted = 0
    with ProcessPoolExecutor(options.processes) as pool:
        for future in as_completed([pool.submit(timed_part, number) for number in parts]):
            number, found, taken_s = future.result()
            done, preempted = done + _SEQUENCES, preempted + found
            sys.stdout.write(f"part {number} equal, {taken_s:.0f} s; {done} sequences, {preempted} preemptions\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
