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

    def lines(self, slots: torch.Tensor) -> torch.Tensor:
        """Returns the lines of tokens, one for each KV head: slots `[T]` to `[T * kv_heads]`, for `write`."""
        heads, block, _ = self.kv.shape[1:]
        first = slots // block * ((heads - 1) * block) + slots
        return (first[:, None] + torch.arange(0, heads * block, block, device=slots.device)).flatten().long()

    def places(self, pages: torch.Tensor) -> torch.Tensor:
        """Returns where pages of KV heads lie: `[..., kv_heads or 1, n]` to `[..., kv_heads, n]`, for `read`."""
        heads = self.kv.shape[1]
        return pages.long() * heads + torch.arange(heads, device=pages.device)[:, None]

    def write(self, lines: torch.Tensor, slots: torch.Tensor, new: torch.Tensor, index: torch.Tensor | None) -> None:
        """Puts T tokens into their slots and lines: new `[T, kv_heads, 2 * head_dim]`, index `[T, index_dim]`."""
        width = self.kv.shape[-1]
        self.kv.view(-1, width).index_copy_(0, lines, new.view(-1, width).to(self.kv.dtype))
        if self.index is not None and index is not None:
            self.index.view(-1, index.shape[-1]).index_copy_(0, slots.long(), index.to(self.index.dtype))

    def read(self, places: torch.Tensor) -> torch.Tensor:
        """Returns the keys and values of places `[..., n]`: `[..., n * block, 2 * head_dim]`."""
        block, width = self.kv.shape[2:]
        found = self.kv.view(-1, block * width).index_select(0, places.flatten())
        return found.view(*places.shape[:-1], places.shape[-1] * block, width)


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
