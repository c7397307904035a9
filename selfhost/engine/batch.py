"""What one forward pass works on: the new tokens of several requests, side by side, without padding between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

_NOTHING = torch.empty(0)


@dataclass(frozen=True, slots=True)
class Row:
    """One request's part of a pass: `tokens` are new, `prefix` tokens before them are in the cache already.

    `pages` is the request's own list, which only grows; when its pages are taken away it gets another list.
    """

    tokens: Sequence[int] = field(repr=False)
    prefix: int
    pages: Sequence[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Layouts as in `kernels.msa.layout`; T new tokens of R requests.

    tokens, positions [T]; slots [T]: page * block + offset of each new token; block_table [R, max_blocks] int32;
    cu_q [R + 1], seq_lens [R], prefix_lens [R] int32. `lengths` are (prefix, new tokens) of each request on the host;
    empty where only the device knows them, in a pass that is captured. `decode`: each request has one new token.

    What every layer needs of it, worked out once by `Attention.begun`, empty where nobody reads it: `lines`
    `[T * kv_heads]` to write to, `past` `[R, kv_heads, blocks]` to read, both as `LayerCache` takes them; `bias`
    `[R, 1, 1, longest]` of a decode pass, 0 for what a request's new token sees, -inf for the rest.
    """

    tokens: torch.Tensor = field(repr=False)
    positions: torch.Tensor = field(repr=False)
    slots: torch.Tensor = field(repr=False)
    block_table: torch.Tensor = field(repr=False)
    cu_q: torch.Tensor = field(repr=False)
    seq_lens: torch.Tensor = field(repr=False)
    prefix_lens: torch.Tensor = field(repr=False)
    lengths: tuple[tuple[int, int], ...]
    decode: bool
    lines: torch.Tensor = field(default=_NOTHING, repr=False)
    past: torch.Tensor = field(default=_NOTHING, repr=False)
    bias: torch.Tensor = field(default=_NOTHING, repr=False)


def build_batch(rows: Sequence[Row], block: int, device: str) -> Batch:
    """Returns the batch of these rows, in their order. `block` is the page size in tokens."""
    most = max(len(row.pages) for row in rows)
    table = torch.tensor([[*row.pages, *[0] * (most - len(row.pages))] for row in rows], dtype=torch.int32)
    prefixes = torch.tensor([row.prefix for row in rows], dtype=torch.int32)
    counts = torch.tensor([len(row.tokens) for row in rows], dtype=torch.int32)
    ends = counts.cumsum(0, dtype=torch.int32)
    owner = torch.repeat_interleave(torch.arange(len(rows)), counts)
    positions = torch.arange(len(owner)) - (ends - counts - prefixes)[owner]
    slots = table[owner, positions // block].long() * block + positions % block
    return Batch(
        tokens=torch.tensor([token for row in rows for token in row.tokens], device=device),
        positions=positions.to(device),
        slots=slots.to(device),
        block_table=table.to(device),
        cu_q=torch.cat((torch.zeros(1, dtype=torch.int32), ends)).to(device),
        seq_lens=(prefixes + counts).to(device),
        prefix_lens=prefixes.to(device),
        lengths=tuple((row.prefix, len(row.tokens)) for row in rows),
        decode=all(len(row.tokens) == 1 for row in rows),
    )
