"""The paged cache: keys and values of every layer, index keys of sparse layers. A page is a sparse block."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from selfhost.config import M3Config


@dataclass(frozen=True, slots=True)
class LayerCache:
    """kv `[pages, kv_heads, block, 2 * head_dim]`, keys then values; index `[pages, block, index_dim]` or `None`."""

    kv: torch.Tensor = field(repr=False)
    index: torch.Tensor | None = field(repr=False)

    def write(
        self, slots: torch.Tensor, key: torch.Tensor, value: torch.Tensor, index_key: torch.Tensor | None
    ) -> None:
        """Puts new tokens into their slots: key, value `[T, kv_heads, head_dim]`, index_key `[T, index_dim]`."""
        block = self.kv.shape[2]
        page, offset = slots // block, slots % block
        self.kv[page, :, offset] = torch.cat((key, value), dim=-1).to(self.kv.dtype)
        if self.index is not None and index_key is not None:
            self.index[page, offset] = index_key.to(self.index.dtype)


class PagedCache:
    """The pages of all layers. `pages` is how many there are, each of `block` tokens."""

    def __init__(self, config: M3Config, pages: int, dtype: torch.dtype, device: str) -> None:
        self.pages = pages
        self.block = config.sparse.block
        shape = (pages, config.kv_heads, self.block, 2 * config.head_dim)
        index_shape = (pages, self.block, config.sparse.index_dim)
        self.layers = tuple(
            LayerCache(
                torch.zeros(shape, dtype=dtype, device=device),
                torch.zeros(index_shape, dtype=dtype, device=device) if sparse else None,
            )
            for sparse in config.sparse_layers
        )
