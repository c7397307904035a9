"""What one forward pass works on: the new tokens of several requests, side by side, without padding between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
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
    counts, prefixes = (np.array(each) for each in zip(*((len(row.tokens), row.prefix) for row in rows), strict=True))
    table = np.zeros((len(rows), max(len(row.pages) for row in rows)), np.int32)
    for line, row in zip(table, rows, strict=True):
        line[: len(row.pages)] = row.pages
    ends = counts.cumsum()
    owner = np.arange(len(rows)).repeat(counts)
    positions = np.arange(len(owner)) - (ends - counts - prefixes)[owner]
    slots = table[owner, positions // block].astype(np.int64) * block + positions % block

    def put(values: np.ndarray, dtype: type[np.integer]) -> torch.Tensor:
        return torch.from_numpy(values.astype(dtype)).to(device)

    return Batch(
        tokens=put(np.array([token for row in rows for token in row.tokens]), np.int64),
        positions=put(positions, np.int64),
        slots=put(slots, np.int64),
        block_table=put(table, np.int32),
        cu_q=put(np.concatenate(([0], ends)), np.int32),
        seq_lens=put(prefixes + counts, np.int32),
        prefix_lens=put(prefixes, np.int32),
        lengths=tuple((row.prefix, len(row.tokens)) for row in rows),
        decode=all(len(row.tokens) == 1 for row in rows),
    )
