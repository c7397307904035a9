"""Ours against stock on the same random tensors, at the shape a rank has: nothing is swapped before they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from kernels.msa.layout import BLOCK, DIM, TOPK
from selfhost.operations import Msa

TOLERANCE = 2e-2
"""Largest difference of outputs of unit scale in 16 bits; a wrong block or mask is far above it."""
_AGREEING_SHARE = 0.999
"""Share of selected blocks that must be the same: equal scores may be ordered otherwise."""
_LENGTHS = (37, 2048, 4500)
_DECODED = (300, 2049, 5000)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a rank has: query and KV heads, dtype."""

    heads: int
    kv_heads: int
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Case:
    """Random tensors of one pass; layouts as in `kernels.msa.layout`."""

    q: torch.Tensor
    idx_q: torch.Tensor
    kv: torch.Tensor
    idx_k: torch.Tensor
    block_table: torch.Tensor
    cu_q: torch.Tensor
    seq_lens: torch.Tensor
    prefix_lens: torch.Tensor


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock kernels under the signatures of ours: selection and attention, of requests read and answered."""

    prefill_index: Callable[[Case], torch.Tensor]
    prefill_attn: Callable[[Case, torch.Tensor], torch.Tensor]
    decode_index: Callable[[Case], torch.Tensor]
    decode_attn: Callable[[Case, torch.Tensor], torch.Tensor]


def reason_to_keep_stock(msa: Msa, stock: Stock, shape: Shape, device: str, seed: int = 0) -> str:
    """Returns where ours and stock disagree, empty when they agree."""
    reading = make_case(shape, _LENGTHS, tuple(min(length, 200) for length in _LENGTHS), device, seed)
    answering = make_case(shape, _DECODED, (1,) * len(_DECODED), device, seed + 1)
    expected = stock.prefill_index(reading)
    found = msa.prefill_index(
        reading.idx_q, reading.idx_k, reading.block_table, reading.cu_q, reading.seq_lens, reading.prefix_lens
    )
    if not selections_agree(expected, found):
        return f"self-test: prefill selection differs at {shape}"
    mixed = msa.prefill_attn(
        reading.q, reading.kv, expected, reading.block_table, reading.cu_q, reading.seq_lens, reading.prefix_lens
    )
    if not outputs_agree(stock.prefill_attn(reading, expected), mixed):
        return f"self-test: prefill attention differs at {shape}"
    expected = stock.decode_index(answering)
    case = answering
    found = msa.decode_index(case.idx_q, case.idx_k, case.block_table, case.cu_q, case.seq_lens)
    if not selections_agree(expected, found):
        return f"self-test: decode selection differs at {shape}"
    mixed = msa.decode_attn(case.q, case.kv, expected, case.block_table, case.cu_q, case.seq_lens)
    return "" if outputs_agree(stock.decode_attn(case, expected), mixed) else f"self-test: decode attention at {shape}"


def make_case(shape: Shape, lengths: tuple[int, ...], new: tuple[int, ...], device: str, seed: int) -> Case:
    """Returns random requests of these lengths in tokens, the last `new` of each without a place in the cache yet."""
    generator = torch.Generator().manual_seed(seed)
    blocks = [-(-length // BLOCK) for length in lengths]
    pages = torch.randperm(sum(blocks), generator=generator).int()
    table = torch.zeros(len(lengths), max(blocks), dtype=torch.int32)
    begin = 0
    for row, count in enumerate(blocks):
        table[row, :count] = pages[begin : begin + count]
        begin += count
    total = sum(new)

    def drawn(*size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator).to(device, shape.dtype)

    cu_q = torch.tensor([0, *new]).cumsum(0).int()
    seq_lens = torch.tensor(lengths).int()
    return Case(
        q=drawn(total, shape.heads, DIM),
        idx_q=drawn(total, shape.kv_heads, DIM),
        kv=drawn(sum(blocks), shape.kv_heads, BLOCK, 2 * DIM),
        idx_k=drawn(sum(blocks), BLOCK, DIM),
        block_table=table.to(device),
        cu_q=cu_q.to(device),
        seq_lens=seq_lens.to(device),
        prefix_lens=(seq_lens - torch.tensor(new).int()).to(device),
    )


def selections_agree(expected: torch.Tensor, found: torch.Tensor) -> bool:
    """Whether both `[heads, rows, 16]` select the same blocks, in whatever order."""
    same = (expected[..., :TOPK].sort(-1).values == found[..., :TOPK].sort(-1).values).float().mean()
    return bool(same >= _AGREEING_SHARE)


def outputs_agree(expected: torch.Tensor, found: torch.Tensor) -> bool:
    """Whether both outputs are finite and nowhere further apart than `TOLERANCE`."""
    difference = (expected.float() - found.float()).abs().max()
    return bool(difference <= TOLERANCE)
