"""What both the engine and the plug-in for vLLM ask of kernels, whoever made them."""

from __future__ import annotations

from typing import Protocol

import torch


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
