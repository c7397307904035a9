"""Attention over the paged cache: one protocol, and its definition in plain torch.

Blocks are anchored to absolute positions. A query at position p sees keys up to p; on a sparse layer only those of the
blocks that the index of its KV head selects:

    s[h, j] = max over keys t of block j, t <= p, of  index_q[h] . index_k[t]      (float32, unscaled)
    the `local_blocks` blocks ending at p // block count +inf; the `topk` largest are selected

Source: transformers 5.17 `minimax_m3_vl`, `MiniMaxM3VLIndexer`.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch.nn.functional import pad

from selfhost.config import Sparse
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache

_ROWS_AT_ONCE = 256
"""New tokens of one request whose scores are held together: bounds memory at 256 rows by the context."""


class Attention(Protocol):
    """Selects blocks and attends. Query `[T, heads, head_dim]`, index query `[T, index_heads, index_dim]`."""

    @property
    def name(self) -> str:
        """Which implementation this is, as `/health` and records name it."""
        ...

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """Returns attention to everything before: `[T, heads, head_dim]`."""
        ...

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """Returns attention to the selected blocks: `[T, heads, head_dim]`."""
        ...


class TorchAttention:
    """The definition, on any device. Exact in float32."""

    name = "torch"

    def __init__(self, sparse: Sparse) -> None:
        self._sparse = sparse

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`."""
        if batch.uniform:
            return self._decode_pages(query, layer, batch, batch.block_table.long(), None)
        return self._by_request(query, None, layer, batch)

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`. Where no request has more blocks than are selected, all are: nothing need be scored."""
        if batch.block_table.shape[1] <= self._sparse.topk:
            return self.dense(query, layer, batch)
        if batch.uniform:
            chosen = self._select_decode(index_query, layer, batch)
            return self._decode_pages(query, layer, batch, batch.block_table.long(), chosen)
        return self._by_request(query, index_query, layer, batch)

    def _by_request(
        self, query: torch.Tensor, index_query: torch.Tensor | None, layer: LayerCache, batch: Batch
    ) -> torch.Tensor:
        out = torch.empty_like(query)
        place = 0
        for request, (prefix, count) in enumerate(batch.lengths):
            pages = batch.block_table[request, : -(-(prefix + count) // self._sparse.block)].long()
            for begin in range(0, count, _ROWS_AT_ONCE):
                rows = slice(place + begin, place + min(count, begin + _ROWS_AT_ONCE))
                of_index = None if index_query is None else index_query[rows]
                out[rows] = self._rows(query[rows], of_index, layer, pages, prefix + begin)
            place += count
        return out

    def _rows(
        self,
        query: torch.Tensor,
        index_query: torch.Tensor | None,
        layer: LayerCache,
        pages: torch.Tensor,
        first: int,
    ) -> torch.Tensor:
        """Rows of one request, the first at position `first`; `pages` are the request's, in order."""
        rows, heads, dim = query.shape
        end = first + rows
        pages = pages[: -(-end // self._sparse.block)]
        keys_values = layer.kv[pages].transpose(0, 1).flatten(1, 2)[:, :end].to(query.dtype)
        position = torch.arange(first, end, device=query.device)
        visible = torch.arange(end, device=query.device) <= position[:, None]
        kv_heads = keys_values.shape[0]
        mask = visible.expand(kv_heads, rows, end)
        if index_query is not None and layer.index is not None:
            keys = layer.index[pages].flatten(0, 1)[:end]
            mask = (
                mask
                & self._visible_blocks(index_query, keys, position).repeat_interleave(self._sparse.block, dim=-1)[
                    ..., :end
                ]
            )
        return _attend(query.view(rows, kv_heads, -1, dim), keys_values, mask).reshape(rows, heads, dim)

    def _visible_blocks(self, index_query: torch.Tensor, keys: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        """Which blocks each row of each index head selects: `[index_heads, rows, blocks]` bool."""
        end, block = keys.shape[0], self._sparse.block
        blocks = -(-end // block)
        scores = index_query.float().transpose(0, 1) @ keys.float().T
        scores = scores.masked_fill(torch.arange(end, device=keys.device) > position[:, None], -torch.inf)
        scores = pad(scores, (0, blocks * block - end), value=-torch.inf).unflatten(-1, (blocks, block)).amax(-1)
        return self._selected(scores, position // block)

    def _selected(self, scores: torch.Tensor, own_block: torch.Tensor) -> torch.Tensor:
        """The blocks of largest score, the local ones always: scores `[heads, rows, blocks]` to bool of that shape."""
        blocks = torch.arange(scores.shape[-1], device=scores.device)
        distance = own_block[:, None] - blocks
        local = (distance >= 0) & (distance < self._sparse.local_blocks)
        scores = scores.masked_fill(local, torch.inf)
        best = scores.topk(min(self._sparse.topk, scores.shape[-1]), dim=-1)
        chosen = torch.zeros_like(scores, dtype=torch.bool).scatter(-1, best.indices, value=True)
        return chosen & (scores > -torch.inf)

    def _select_decode(self, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """The blocks one new token of each request selects: `[requests, index_heads, blocks]` bool."""
        assert layer.index is not None  # noqa: S101  (a sparse layer has index keys)
        requests, blocks = batch.block_table.shape
        keys = layer.index[batch.block_table.long()].flatten(1, 2).float()
        scores = index_query.float() @ keys.transpose(1, 2)
        ahead = torch.arange(keys.shape[1], device=keys.device) > batch.positions[:, None]
        scores = scores.masked_fill(ahead[:, None], -torch.inf).unflatten(-1, (blocks, -1)).amax(-1)
        own = (batch.positions // self._sparse.block).view(requests, 1)
        return self._selected(scores.transpose(0, 1), own.flatten()).transpose(0, 1)

    def _decode_pages(
        self,
        query: torch.Tensor,
        layer: LayerCache,
        batch: Batch,
        pages: torch.Tensor,
        chosen: torch.Tensor | None,
    ) -> torch.Tensor:
        """One new token of each request, over `pages` `[requests, blocks]` or the chosen ones of them per KV head."""
        requests, heads, dim = query.shape
        kv_heads, block = layer.kv.shape[1], self._sparse.block
        starts = torch.arange(pages.shape[1], device=query.device) * block
        if chosen is not None and pages.shape[1] > self._sparse.topk:
            order = chosen.to(torch.int8).topk(self._sparse.topk, dim=-1).indices.sort(-1).values
            keep = chosen.gather(-1, order)
            of_head = pages[:, None].expand(-1, kv_heads, -1).gather(-1, order)
            head = torch.arange(kv_heads, device=query.device).view(1, -1, 1)
            keys_values, first = layer.kv[of_head, head], starts[order]
        else:
            keep = torch.ones(requests, kv_heads, pages.shape[1], dtype=torch.bool, device=query.device)
            keep = keep if chosen is None else chosen
            keys_values, first = layer.kv[pages].transpose(1, 2), starts.expand(requests, kv_heads, -1)
        inside = torch.arange(block, device=query.device)
        visible = (first[..., None] + inside <= batch.positions.view(-1, 1, 1, 1)) & keep[..., None]
        flat = keys_values.flatten(2, 3).to(query.dtype)
        grouped = query.view(requests, kv_heads, -1, dim)
        scores = grouped @ flat[..., :dim].transpose(-1, -2) / dim**0.5
        scores = scores.masked_fill(~visible.flatten(2)[:, :, None], -torch.inf)
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
        return (weights @ flat[..., dim:]).reshape(requests, heads, dim)


def _attend(query: torch.Tensor, keys_values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Query `[rows, kv_heads, group, dim]`, keys_values `[kv_heads, keys, 2 * dim]`, mask `[kv_heads, rows, keys]`."""
    dim = query.shape[-1]
    scores = torch.einsum("rhgd,hkd->hgrk", query, keys_values[..., :dim]) / dim**0.5
    weights = torch.softmax(scores.masked_fill(~mask[:, None], -torch.inf), dim=-1, dtype=torch.float32)
    return torch.einsum("hgrk,hkd->rhgd", weights.to(query.dtype), keys_values[..., dim:])
