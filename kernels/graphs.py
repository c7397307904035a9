"""Calls captured in a CUDA graph, and how long one replay takes: what the benchmarks time."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

SLEEP_CYCLES = 200_000
"""Cycles for which the GPU is kept busy before a graph: some 100 us, more than its launch takes."""
CLEARED_BYTES_PER_S = 250e9
"""At which the driver clears memory that it was given back, at least: 400e9 were measured on an H200."""
Layer = TypeVar("Layer")


def release() -> None:
    """Give what is cached and unused back to the driver, and wait until that has been cleared.

    The driver clears it in the background, at the price of an eighth of what DRAM gives to all others: after 40 GiB a
    selection over fp8 keys takes 77 us, not 69, for a tenth of a second.
    """
    torch.cuda.synchronize()
    held = torch.cuda.memory_reserved()
    torch.cuda.empty_cache()
    time.sleep((held - torch.cuda.memory_reserved()) / CLEARED_BYTES_PER_S)


def captured(call: Callable[[Layer], object], layers: Sequence[Layer]) -> tuple[torch.cuda.CUDAGraph, object]:
    """A graph of one call a layer, replayed once, and what it writes to.

    To capture, torch gives back what is unused; here that is done before, and waited for.
    """
    for layer in layers:
        call(layer)
    release()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        kept = [call(layer) for layer in layers]
    graph.replay()
    torch.cuda.synchronize()
    return graph, kept


def replay_us(graph: torch.cuda.CUDAGraph, launched: bool) -> float:
    """Microseconds of one replay; with `launched` the host's launch included."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    if not launched:
        torch.cuda._sleep(SLEEP_CYCLES)  # noqa: SLF001 - torch has no public way to keep a stream busy
    start.record()
    graph.replay()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end)) * 1e3
