"""Attention by the project's Triton kernels, for models that `selfhost.start.unfit` finds nothing against."""

from __future__ import annotations

from dataclasses import replace

import torch

from kernels import msa
from kernels.dense import dense_decode
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.layout import DIM
from selfhost.config import Sparse
from selfhost.engine.attention import TorchAttention
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache, PagedCache
from selfhost.engine.heads import Heads, Queries
from selfhost.operations import Msa
from selfhost.rotary import Rotation


class KernelAttention:
    """See `Attention`. `table` is `Rotary.table` of every position that can occur."""

    def __init__(self, sparse: Sparse, table: torch.Tensor, operations: Msa = msa, name: str = "kernels") -> None:
        self.name = name
        self._torch = TorchAttention(sparse)
        self._table = table
        self._operations = operations

    def begun(self, batch: Batch, cache: PagedCache) -> Batch:
        """See `Attention`. Only the prompts of dense layers read by torch."""
        lines = cache.layers[0].lines(batch.slots)
        return replace(batch, lines=lines) if batch.decode else self._torch.begun(batch, cache)

    def enter(self, x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
        """See `Attention`."""
        if layer.index is None:
            return self._torch.enter(x, heads, rotation, layer, batch)
        parts = [part.unflatten(-1, (-1, DIM)).contiguous() for part in x.split(heads.channels, dim=-1)]
        query, key, index_query, index_key, value = parts
        new = Projections(q=query, k=key, v=value, idx_q=index_query, idx_k=index_key)
        caches = Caches(kv=layer.kv, idx_k=layer.index)
        weights = NormWeights(*heads.norms)
        return norm_rope_insert(new, weights, self._table, batch.positions, batch.slots, caches, heads.eps)

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`."""
        if batch.decode:
            return dense_decode(query.contiguous(), layer.kv, batch.block_table, batch.seq_lens)
        return self._torch.dense(query, layer, batch)

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        """See `Attention`."""
        assert layer.index is not None  # noqa: S101  (a sparse layer has index keys)
        run, table, cu_q, lens = self._operations, batch.block_table, batch.cu_q, batch.seq_lens
        if batch.decode:
            topk = run.decode_index(index_query, layer.index, table, cu_q, lens)
            return run.decode_attn(query, layer.kv, topk, table, cu_q, lens)
        topk = run.prefill_index(index_query, layer.index, table, cu_q, lens, batch.prefix_lens)
        return run.prefill_attn(query, layer.kv, topk, table, cu_q, lens, batch.prefix_lens)
