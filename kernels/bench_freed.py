# ruff: noqa: T201 - part of a command: what it prints is its result
"""How long memory that was given back slows down what follows, for `kernels.bench freed`.

A selection that DRAM bounds is replayed for some tenths of a second after memory was filled, after it was freed into
torch's cache and after it was given back to the driver, which clears it in the background.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch

from kernels.graphs import Layer, captured, replay_us

FREED_GIB = (10, 40)
WATCHED_S = 0.2
BIN_MS = 20


def binned(samples: Sequence[tuple[float, float]]) -> Mapping[int, float]:
    """Medians of (seconds since the start, microseconds), by the millisecond at which their bin begins."""
    bins: dict[int, list[float]] = {}
    for since_s, us in samples:
        bins.setdefault(int(since_s * 1000) // BIN_MS * BIN_MS, []).append(us)
    return {begin: statistics.median(times) for begin, times in bins.items()}


def watched(replayed_us: Callable[[], float]) -> Mapping[int, float]:
    """What replays take from now on, WATCHED_S long."""
    start, samples = time.perf_counter(), list[tuple[float, float]]()
    while (since_s := time.perf_counter() - start) < WATCHED_S:
        samples.append((since_s, replayed_us()))
    return binned(samples)


def time_freed(call: Callable[[Layer], object], layers: Sequence[Layer]) -> None:
    """Print the table."""
    graph, _outputs = captured(call, layers)
    begins = range(0, int(WATCHED_S * 1000), BIN_MS)
    print("| memory | GiB |", " | ".join(f"{begin} ms" for begin in begins), "|")
    print("|---" * (2 + len(begins)) + "|")

    def show(what: str, gib: int) -> None:
        torch.cuda.synchronize()
        medians = watched(lambda: replay_us(graph, launched=False) / len(layers))
        cells = (f"{medians[begin]:.1f}" if begin in medians else "" for begin in begins)
        print(f"| {what} | {gib} |", " | ".join(cells), "|", flush=True)

    for gib in FREED_GIB:
        held = torch.full((gib << 30,), 1, dtype=torch.uint8, device="cuda")
        show("filled", gib)
        del held
        show("freed, in torch's cache", gib)
        torch.cuda.empty_cache()
        show("given back", gib)
