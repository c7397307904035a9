"""What the engine and the plug-in for vLLM ask of kernels and models, whoever made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from selfhost.config import M3Config

if TYPE_CHECKING:
    from selfhost.engine.attention import Attention
    from selfhost.engine.batch import Batch
    from selfhost.engine.cache import PagedCache
    from selfhost.rotary import Rotary


class Model(Protocol):
    """The weights of one model, ready to run: `selfhost.engine.model` is the definition."""

    config: M3Config
    rotary: Rotary

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of weights and activations."""
        ...

    def forward(
        self, batch: Batch, cache: PagedCache, attention: Attention, wanted: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Returns float32 logits `[wanted, vocab]` after the new tokens at these rows of the batch; fills the cache."""
        ...


class Msa(Protocol):
    """The operations of `kernels.msa`; layouts are there."""

    def prefill_index(
        self, idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor, prefix_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """Selects for requests that are being read."""
        ...

    def prefill_attn(
        self, q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor, prefix_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """Attends for them."""
        ...

    def decode_index(
        self, idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """Selects for requests that are being answered."""
        ...

    def decode_attn(
        self, q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """Attends for them."""
        ...
