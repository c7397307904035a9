"""What one forward pass works on: the new tokens of several requests, side by side, without padding between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True, slots=True)
class Row:
    """One request's part of a pass: `tokens` are new, `prefix` tokens before them are in the cache already."""

    tokens: Sequence[int] = field(repr=False)
    prefix: int
    pages: Sequence[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Layouts as in `kernels.msa.layout`; T new tokens of R requests.

    tokens, positions [T] int64; slots [T] int64: page * block + offset of each new token; block_table [R, max_blocks]
    int32; cu_q [R + 1], seq_lens [R], prefix_lens [R] int32, and the same lengths on the host.
    """

    tokens: torch.Tensor = field(repr=False)
    positions: torch.Tensor = field(repr=False)
    slots: torch.Tensor = field(repr=False)
    block_table: torch.Tensor = field(repr=False)
    cu_q: torch.Tensor = field(repr=False)
    seq_lens: torch.Tensor = field(repr=False)
    prefix_lens: torch.Tensor = field(repr=False)
    lengths: tuple[tuple[int, int], ...]

    @property
    def uniform(self) -> bool:
        """Whether every request has exactly one new token: a decode pass."""
        return all(count == 1 for _, count in self.lengths)


def build_batch(rows: Sequence[Row], block: int, device: str) -> Batch:
    """Returns the batch of these rows, in their order. `block` is the page size in tokens."""
    most = max(len(row.pages) for row in rows)
    table = torch.zeros(len(rows), most, dtype=torch.int32)
    for number, row in enumerate(rows):
        table[number, : len(row.pages)] = torch.tensor(row.pages, dtype=torch.int32)
    lengths = tuple((row.prefix, len(row.tokens)) for row in rows)
    positions = torch.cat([torch.arange(prefix, prefix + count) for prefix, count in lengths])
    owner = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([count for _, count in lengths]))
    slots = table[owner, positions // block].long() * block + positions % block
    cu_q = torch.zeros(len(rows) + 1, dtype=torch.int32)
    cu_q[1:] = torch.tensor([count for _, count in lengths]).cumsum(0)
    return Batch(
        tokens=torch.tensor([token for row in rows for token in row.tokens], device=device),
        positions=positions.to(device),
        slots=slots.to(device),
        block_table=table.to(device),
        cu_q=cu_q.to(device),
        seq_lens=torch.tensor([sum(each) for each in lengths], dtype=torch.int32, device=device),
        prefix_lens=torch.tensor([prefix for prefix, _ in lengths], dtype=torch.int32, device=device),
        lengths=lengths,
    )
