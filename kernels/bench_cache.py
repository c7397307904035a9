# ruff: noqa: T201 - a command: what it prints is its result
"""Time the cache operation on a GPU: `python -m kernels.bench cache`.

Method as in `kernels.bench`: a CUDA graph of one call a layer, over layers whose operands together exceed twice the L2
where 32 of them do. The floor reads and writes each operand once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.naive import rotary_table
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.layout import BLOCK, DIM

POSITIONS = 8192
"""Positions in the rotary table."""
LEAST_PAGES = 64
"""Pages of a layer's caches, where its rows need fewer."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Operands of one layer's call."""

    new: Projections
    weights: NormWeights
    table: torch.Tensor
    positions: torch.Tensor
    slots: torch.Tensor
    caches: Caches

    def __call__(self) -> None:
        """Carry the call out."""
        norm_rope_insert(self.new, self.weights, self.table, self.positions, self.slots, self.caches)


def make_insert(rows: int, heads: int) -> Insert:
    """A call with scattered slots; `heads` KV heads, 16 query heads each."""
    pages = max(LEAST_PAGES, -(-rows // BLOCK))
    counts = (16 * heads, heads, heads, heads, 1)
    return Insert(
        new=Projections(*(torch.randn(rows, n, DIM, device="cuda").bfloat16() for n in counts)),
        weights=NormWeights(*(0.3 * torch.randn(DIM, device="cuda").bfloat16() for _ in range(4))),
        table=rotary_table(POSITIONS, device="cuda"),
        positions=torch.randint(POSITIONS, (rows,), device="cuda"),
        slots=torch.randperm(pages * BLOCK, device="cuda")[:rows],
        caches=Caches(
            kv=torch.zeros(pages, heads, BLOCK, 2 * DIM, device="cuda", dtype=torch.bfloat16),
            idx_k=torch.zeros(pages, BLOCK, DIM, device="cuda", dtype=torch.bfloat16),
        ),
    )


def row_bytes(heads: int) -> int:
    """Bytes of one row that are read and written: five projections in; q, idx_q, and three cache entries out."""
    values = (16 + 1 + 1 + 1) * heads + 1
    return 2 * values * DIM * 2


def time_cache(time_us: Callable[[Callable[[Insert], object], Sequence[Insert]], float], bytes_per_s: float) -> None:
    """Print the table; `time_us(call, layers)` is the median of one call."""
    print("| rows | head split | us | floor |\n|---|---|---|---|")
    for heads in (4, 1):
        for rows in (1, 32, 128, 8192):
            layers = [make_insert(rows, heads) for _ in range(32 if rows < 1024 else 4)]
            us = time_us(Insert.__call__, layers)
            floor = rows * row_bytes(heads) / bytes_per_s * 1e6
            print(f"| {rows} | TP{4 // heads} | {us:.1f} | {floor:.1f} |", flush=True)
