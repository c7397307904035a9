# ruff: noqa: T201 - a command: what it prints is its result
"""Time the statistics of a selection on a GPU: `python -m kernels.bench stats`.

A CUDA graph of one call over random selections of one request; the selection itself is not in the time.
"""

from collections.abc import Callable, Sequence

import torch

from kernels.msa import selection_stats
from kernels.msa.layout import BLOCK, TOPK

Selection = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def make_selection(rows: int, heads: int, blocks: int, device: str = "cuda") -> Selection:
    """(topk, cu_q, prefix_lens) of one request of `rows` new tokens on a prefix of so many blocks, at random."""
    ids = torch.rand(heads, rows, blocks, device=device).topk(TOPK, -1).indices.int()
    cu_q = torch.tensor([0, rows], dtype=torch.int32, device=device)
    return ids, cu_q, torch.tensor([blocks * BLOCK], dtype=torch.int32, device=device)


def time_stats(time_us: Callable[[Callable[[Selection], object], Sequence[Selection]], float]) -> None:
    """Print the table; `time_us(call, layers)` is the median of one call."""
    print("| rows | index heads | us |\n|---|---|---|")
    for heads in (4, 1):
        for rows in (64, 1024, 8192):
            layer = make_selection(rows, heads, blocks=1024)
            us = time_us(lambda each: selection_stats(*each), [layer])
            print(f"| {rows} | {heads} | {us:.1f} |", flush=True)
