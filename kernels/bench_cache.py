# ruff: noqa: T201 - a command: what it prints is its result
"""Time the cache operation on a GPU: `python -m kernels.bench cache`.

Method as in `kernels.bench`: a CUDA graph of one call a layer, over layers whose operands together exceed twice the L2
where 32 of them do. The floor reads and writes each operand once, coarse keys included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from kernels.msa import Caches, NormWeights, Projections, empty_coarse, norm_rope_insert
from kernels.msa.cache.naive import rotary_table
from kernels.msa.index.coarse.keys import PAGE_BYTES
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


@dataclass(frozen=True, slots=True)
class Kept:
    """What a token leaves behind: keys and values in bf16 or fp8, coarse keys beside them or not."""

    dtype: torch.dtype
    coarse: bool

    @property
    def name(self) -> str:
        """For tables."""
        return ("fp8" if self.dtype.itemsize == 1 else "bf16") + (" and coarse" if self.coarse else "")


KEPT = [Kept(dtype, coarse) for dtype in (torch.bfloat16, torch.float8_e4m3fn) for coarse in (False, True)]


def make_insert(rows: int, heads: int, kept: Kept, device: str = "cuda") -> Insert:
    """A call with scattered slots; `heads` KV heads, 16 query heads each."""
    pages = max(LEAST_PAGES, -(-rows // BLOCK))
    counts = (16 * heads, heads, heads, heads, 1)
    return Insert(
        new=Projections(*(torch.randn(rows, n, DIM, device=device).bfloat16() for n in counts)),
        weights=NormWeights(*(0.3 * torch.randn(DIM, device=device).bfloat16() for _ in range(4))),
        table=rotary_table(POSITIONS, device=device),
        positions=torch.randint(POSITIONS, (rows,), device=device),
        slots=torch.randperm(pages * BLOCK, device=device)[:rows],
        caches=Caches(
            kv=torch.zeros(pages, heads, BLOCK, 2 * DIM, device=device).to(kept.dtype),
            idx_k=torch.zeros(pages, BLOCK, DIM, device=device).to(kept.dtype),
            coarse=empty_coarse(pages, torch.device(device)) if kept.coarse else None,
        ),
    )


def row_bytes(heads: int, kept: Kept) -> int:
    """Bytes of one row that are read and written: five projections in; q, idx_q, and what is kept out."""
    projected = (16 + 1 + 1 + 1) * heads + 1
    queries = (16 + 1) * heads
    wide = 2 * DIM * (projected + queries)
    return wide + kept.dtype.itemsize * DIM * (projected - queries) + (PAGE_BYTES // BLOCK if kept.coarse else 0)


def time_cache(time_us: Callable[[Callable[[Insert], object], Sequence[Insert]], float], bytes_per_s: float) -> None:
    """Print the table; `time_us(call, layers)` is the median of one call."""
    columns = "".join(f" {kept.name} | floor |" for kept in KEPT)
    print(f"| rows | head split |{columns}\n|---|---|{'---|---|' * len(KEPT)}")
    for heads in (4, 1):
        for rows in (1, 32, 128, 8192):
            line = f"| {rows} | TP{4 // heads} |"
            for kept in KEPT:
                layers = [make_insert(rows, heads, kept) for _ in range(32 if rows < 1024 else 4)]
                floor = rows * row_bytes(heads, kept) / bytes_per_s * 1e6
                line += f" {time_us(Insert.__call__, layers):.1f} | {floor:.1f} |"
            print(line, flush=True)
