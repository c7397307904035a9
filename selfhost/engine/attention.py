"""Attention over the paged cache: one protocol, and its definition in plain torch.

Blocks are anchored to absolute positions. A query at position p sees keys up to p; on a sparse layer only those of the
blocks that the index of its KV head selects:

    s[h, j] = max over keys t of block j, t <= p, of  index_q[h] . index_k[t]      (float32, unscaled)
    the `local_blocks` blocks ending at p // block count +inf; the `topk` largest are selected

Source: transformers 5.17 `minimax_m3_vl`, `MiniMaxM3VLIndexer`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from selfhost.config import Sparse
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache, PagedCache
from selfhost.engine.heads import Heads, Queries, enter
from selfhost.rotary import Rotation

_ROWS_AT_ONCE = 256
"""New tokens of one request whose scores are held together: bounds memory at 256 rows by the context."""


class Attention(Protocol):
    """Selects blocks and attends. Query `[T, heads, head_dim]`, index query `[T, index_heads, index_dim]`."""

    @property
    def name(self) -> str:
        """Which implementation this is, as `/health` and records name it."""

    def begun(self, batch: Batch, cache: PagedCache) -> Batch:
        """Returns the batch with the places that all layers share. Comes before everything else in a pass."""

    def enter(self, x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
        """Takes a layer's projections `[T, channels]`: returns the queries, and puts the rest into the cache."""

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """Returns attention to everything before: `[T, heads, head_dim]`."""

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """Returns attention to the selected blocks: `[T, heads, head_dim]`."""


class TorchAttention:
    """The definition, on any device. Exact in float32."""

    def __init__(self, sparse: Sparse, name: str = "torch") -> None:
        self.name = name
        self._sparse = sparse

    def begun(self, batch: Batch, cache: PagedCache) -> Batch:
        """See `Attention`."""
        layer = cache.layers[0]
        place = torch.arange(max(prefix + 1 for prefix, _ in batch.lengths), device=batch.positions.device)
        bias = _bias(place > batch.positions.view(-1, 1, 1, 1), layer) if batch.decode else batch.bias
        past = layer.places(batch.block_table[:, None])
        return replace(batch, lines=layer.lines(batch.slots), past=past, bias=bias)

    def enter(self, x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
        """See `Attention`."""
        return enter(x, heads, rotation, layer, batch)

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`."""
        if batch.decode:
            return _decode(query, layer, batch.past, batch.bias)
        return self._by_request(query, None, layer, batch)

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`. Where no request has more blocks than are selected, all are: nothing need be scored."""
        if batch.block_table.shape[1] <= self._sparse.topk:
            return self.dense(query, layer, batch)
        if batch.decode:
            return _decode(query, layer, *self._selected_places(index_query, layer, batch))
        return self._by_request(query, index_query, layer, batch)

    def _by_request(
        self, query: torch.Tensor, index_query: torch.Tensor | None, layer: LayerCache, batch: Batch
    ) -> torch.Tensor:
        out = torch.empty_like(query)
        place = 0
        for request, (prefix, count) in enumerate(batch.lengths):
            for begin in range(0, count, _ROWS_AT_ONCE):
                rows = slice(place + begin, place + min(count, begin + _ROWS_AT_ONCE))
                of_index = None if index_query is None else index_query[rows]
                out[rows] = self._rows(query[rows], of_index, layer, batch, request, prefix + begin)
            place += count
        return out

    def _rows(
        self,
        query: torch.Tensor,
        index_query: torch.Tensor | None,
        layer: LayerCache,
        batch: Batch,
        request: int,
        first: int,
    ) -> torch.Tensor:
        """Rows of one request of the batch, the first at position `first`."""
        end = first + query.shape[0]
        blocks = -(-end // self._sparse.block)
        position = torch.arange(first, end, device=query.device)
        visible = (torch.arange(end, device=query.device) <= position[:, None])[None]
        if index_query is not None and layer.index is not None:
            pages = batch.block_table[request, :blocks]
            keys = layer.index.index_select(0, pages).flatten(0, 1)[:end]
            selected = self._visible_blocks(index_query, keys, position)
            visible = visible & selected.repeat_interleave(self._sparse.block, dim=-1)[..., :end]
        keys_values = layer.read(batch.past[request, :, :blocks])[:, :end].to(query.dtype)
        return _attend(query, keys_values, visible)

    def _visible_blocks(self, index_query: torch.Tensor, keys: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        """Which blocks each row of each index head selects: `[index_heads, rows, blocks]` bool."""
        end, block = keys.shape[0], self._sparse.block
        blocks = -(-end // block)
        scores = index_query.float().transpose(0, 1) @ keys.float().T
        scores = scores.masked_fill(torch.arange(end, device=keys.device) > position[:, None], -torch.inf)
        scores = pad(scores, (0, blocks * block - end), value=-torch.inf).unflatten(-1, (blocks, block)).amax(-1)
        chosen, kept = self._selected(scores, position // block)
        return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, chosen, kept)

    def _selected(self, scores: torch.Tensor, own_block: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The blocks of largest score, the local ones always, and which of them count: both `[heads, rows, topk]`.

        `scores` are `[heads, rows, blocks]`; a block that lies ahead has -inf and never counts.
        """
        blocks = torch.arange(scores.shape[-1], device=scores.device)
        distance = own_block[:, None] - blocks
        local = (distance >= 0) & (distance < self._sparse.local_blocks)
        scores = scores.masked_fill(local, torch.inf)
        best = scores.topk(min(self._sparse.topk, scores.shape[-1]), dim=-1, sorted=False)
        return best.indices, best.values > -torch.inf

    def _select_decode(
        self, index_query: torch.Tensor, layer: LayerCache, batch: Batch
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The blocks one new token of each request selects, and which of them count: `[requests, kv_heads, topk]`."""
        assert layer.index is not None  # noqa: S101  (a sparse layer has index keys)
        requests, blocks = batch.block_table.shape
        keys = layer.index.index_select(0, batch.block_table.flatten()).view(requests, -1, layer.index.shape[-1])
        scores = index_query.float() @ keys.float().transpose(1, 2)
        ahead = torch.arange(keys.shape[1], device=keys.device) > batch.positions[:, None]
        scores = scores.masked_fill(ahead[:, None], -torch.inf).unflatten(-1, (blocks, -1)).amax(-1)
        chosen, kept = self._selected(scores.transpose(0, 1), batch.positions // self._sparse.block)
        return chosen.transpose(0, 1), kept.transpose(0, 1)

    def _selected_places(
        self, index_query: torch.Tensor, layer: LayerCache, batch: Batch
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Places of the selected blocks `[requests, kv_heads, topk]`, and what is added to the scores in them."""
        blocks, kept = self._select_decode(index_query, layer, batch)
        pages = batch.block_table[:, None].expand(-1, blocks.shape[1], -1).gather(-1, blocks)
        place = blocks[..., None] * self._sparse.block + torch.arange(self._sparse.block, device=blocks.device)
        hidden = (place > batch.positions.view(-1, 1, 1, 1)) | ~kept[..., None]
        return layer.places(pages), _bias(hidden.flatten(2)[:, :, None], layer)


def _bias(hidden: torch.Tensor, layer: LayerCache) -> torch.Tensor:
    return torch.zeros(hidden.shape, dtype=layer.kv.dtype, device=hidden.device).masked_fill_(hidden, -torch.inf)


def _decode(query: torch.Tensor, layer: LayerCache, places: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """One new token of each request: query `[R, heads, dim]`, places `[R, kv_heads, blocks]`, bias over keys."""
    keys, values = layer.read(places)[:, :, : bias.shape[-1]].to(query.dtype).chunk(2, dim=-1)
    grouped = query.unflatten(1, (places.shape[1], -1))
    mixed = scaled_dot_product_attention(grouped, keys, values, attn_mask=bias.to(query.dtype))
    return mixed.reshape(query.shape)


def _attend(query: torch.Tensor, keys_values: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """Query `[rows, heads, dim]`, keys_values `[kv_heads, keys, 2 * dim]`, visible `[kv_heads or 1, rows, keys]`.

    Query heads of one KV head are the batch. Were they heads that share keys, CUDA's kernel for float32 would take the
    last row for heads where the rows are one more than a multiple of 64 (pytorch/pytorch issue 191937).
    """
    rows, heads, dim = query.shape
    grouped = query.view(rows, len(keys_values), -1, dim).permute(2, 1, 0, 3)
    keys, values = keys_values.expand(len(grouped), -1, -1, -1).chunk(2, dim=-1)
    mixed = scaled_dot_product_attention(grouped, keys, values, attn_mask=visible[None])
    return mixed.permute(2, 1, 0, 3).reshape(rows, heads, dim)
