"""Our kernels in the places of vLLM's: what a sparse layer calls, with the metadata that vLLM hands it.

The layouts are the same ones (pages of 128 tokens, keys and values side by side, one index key a token), so nothing is
copied but the selection. A call that ours cannot take goes to the stock kernels, from then on for good, and says so.
Source of the calls: `MiniMaxM3IndexerTritonImpl.forward` and `MiniMaxM3SparseTritonImpl.forward` of vLLM 0.33.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from kernels.msa.errors import KernelArgumentError
from kernels.msa.layout import TOPK
from selfhost.operations import Msa


class Prefill(Protocol):
    """vLLM's metadata of requests that are being read."""

    cu_seqlens_q: torch.Tensor
    seq_lens: torch.Tensor
    context_lens: torch.Tensor
    block_table: torch.Tensor


class Decode(Protocol):
    """vLLM's metadata of requests that are being answered, all with `decode_query_len` new tokens."""

    seq_lens: torch.Tensor
    block_table: torch.Tensor
    decode_query_len: int


class Metadata(Protocol):
    """vLLM's metadata of one pass: decoded tokens come first."""

    num_actual_tokens: int
    num_decodes: int
    num_decode_tokens: int
    num_prefills: int
    prefill: Prefill | None
    decode: Decode | None


MetadataOf = Callable[[str], Metadata | None]
"""The metadata of this pass for a layer's name; `None` in a profiling run, when there is no cache yet."""
Refused = Callable[[str], None]
"""Hears why the stock kernels take over."""


class Selection:
    """Stands for the indexer's kernels: fills the buffer of selected blocks, token-major `[tokens, heads, 16]`."""

    def __init__(self, msa: Msa, heads: int, dim: int, buffer: torch.Tensor, metadata: MetadataOf) -> None:
        self._msa = msa
        self._heads = heads
        self._dim = dim
        self._buffer = buffer
        self._metadata = metadata

    def select(self, name: str, index_query: torch.Tensor, index_cache: torch.Tensor) -> None:
        """Selects for every token of the pass. Raises `KernelArgumentError` for what the kernels cannot take."""
        found = self._metadata(name)
        if found is None:
            return
        tokens, split = found.num_actual_tokens, found.num_decode_tokens
        query = index_query[:tokens].view(-1, self._heads, self._dim)
        if found.decode is not None and found.num_decodes:
            part = found.decode
            topk = self._msa.decode_index(
                query[:split], index_cache, part.block_table.contiguous(), uniform(part), part.seq_lens
            )
            self._buffer[:split, :, :TOPK].copy_(topk.transpose(0, 1))
        if found.prefill is not None and found.num_prefills:
            rest = found.prefill
            topk = self._msa.prefill_index(
                query[split:], index_cache, rest.block_table.contiguous(), rest.cu_seqlens_q, rest.seq_lens,
                rest.context_lens,
            )  # fmt: skip
            self._buffer[split:tokens, :, :TOPK].copy_(topk.transpose(0, 1))


class Attend:
    """Stands for the attention's kernels: reads the same buffer and writes the layer's output."""

    def __init__(self, msa: Msa, heads: int, dim: int, buffer: torch.Tensor, metadata: MetadataOf) -> None:
        self._msa = msa
        self._heads = heads
        self._dim = dim
        self._buffer = buffer
        self._metadata = metadata

    def attend(self, name: str, query: torch.Tensor, kv_cache: torch.Tensor, output: torch.Tensor) -> None:
        """Attends for every token of the pass. Raises `KernelArgumentError` for what the kernels cannot take."""
        found = self._metadata(name)
        if found is None:
            return
        tokens, split = found.num_actual_tokens, found.num_decode_tokens
        q = query[:tokens].view(-1, self._heads, self._dim)
        out = output[:tokens].view(-1, self._heads, self._dim)
        topk = self._buffer[:tokens].transpose(0, 1)
        if found.decode is not None and found.num_decodes:
            part, chosen = found.decode, topk[:, :split].contiguous()
            mixed = self._msa.decode_attn(
                q[:split], kv_cache, chosen, part.block_table.contiguous(), uniform(part), part.seq_lens
            )
            out[:split].copy_(mixed)
        if found.prefill is not None and found.num_prefills:
            rest, chosen = found.prefill, topk[:, split:].contiguous()
            mixed = self._msa.prefill_attn(
                q[split:], kv_cache, chosen, rest.block_table.contiguous(), rest.cu_seqlens_q, rest.seq_lens,
                rest.context_lens,
            )  # fmt: skip
            out[split:].copy_(mixed)


def uniform(part: Decode) -> torch.Tensor:
    """Returns the row bounds of requests with equally many new tokens: `[requests + 1]` int32."""
    count = part.seq_lens.shape[0]
    return torch.arange(count + 1, dtype=torch.int32, device=part.seq_lens.device) * part.decode_query_len


class Fuse:
    """Ours until the first call they cannot take, stock from then on: one for both halves of a layer."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self.blown = False

    def tried(self, ours: Callable[[], None]) -> bool:
        """Runs ours and returns whether it was done; `False` asks for the stock kernels."""
        if self.blown:
            return False
        try:
            ours()
        except KernelArgumentError as error:
            self.blown = True
            self._refused(str(error))
        return not self.blown
