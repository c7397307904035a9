"""Calls captured in a CUDA graph, and how long one replay takes: what the benchmarks time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

SLEEP_CYCLES = 200_000
"""Cycles for which the GPU is kept busy before a graph: some 100 us, more than its launch takes."""
Layer = TypeVar("Layer")


def captured(call: Callable[[Layer], object], layers: Sequence[Layer]) -> tuple[torch.cuda.CUDAGraph, object]:
    """A graph of one call a layer, replayed once, and what it writes to."""
    for layer in layers:
        call(layer)
    torch.cuda.synchronize()
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
