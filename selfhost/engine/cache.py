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
        heads, block, width = self.kv.shape[1:]
        slots = slots.long()
        first = slots // block * ((heads - 1) * block) + slots
        lines = first[:, None] + torch.arange(0, heads * block, block, device=slots.device)
        new = torch.cat((key, value), dim=-1).to(self.kv.dtype)
        self.kv.view(-1, width).index_copy_(0, lines.flatten(), new.flatten(0, 1))
        if self.index is not None and index_key is not None:
            self.index.view(-1, index_key.shape[-1]).index_copy_(0, slots, index_key.to(self.index.dtype))

    def read(self, pages: torch.Tensor) -> torch.Tensor:
        """Returns what pages `[..., kv_heads, n]` hold for those heads: `[..., kv_heads, n, block, 2 * head_dim]`."""
        heads, block, width = self.kv.shape[1:]
        place = pages.long() * heads + torch.arange(heads, device=pages.device)[:, None]
        return self.kv.view(-1, block * width).index_select(0, place.flatten()).view(*place.shape, block, width)


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

    @property
    def tokens(self) -> int:
        """Tokens that the pages hold, the first page left out: it is never handed out."""
        return (self.pages - 1) * self.block
