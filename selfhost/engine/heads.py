"""Between a layer's projections and its attention: norms of the heads, rotation, and the write into the cache.

A projection gives, side by side: query, key, on a sparse layer index query and index key, and value. All but the value
are normed and turned; query heads and KV heads have one norm each, index heads too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch.nn.functional import rms_norm

from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache
from selfhost.rotary import Rotation

Queries = tuple[torch.Tensor, torch.Tensor | None]
"""Query `[T, heads, head_dim]` and, on a sparse layer, index query `[T, index_heads, index_dim]`."""


@dataclass(frozen=True, slots=True)
class Heads:
    """How one layer's projection is cut, and its norms.

    `counts` are heads of query, key and, on a sparse layer, index query and index key; `dim`, `index_dim` their
    channels. `norms`, in that order, are the norm weights `[dim]`; `scales` the same plus one, a line for each head.
    """

    counts: tuple[int, ...]
    dim: int
    index_dim: int
    eps: float
    norms: tuple[torch.Tensor, ...] = field(repr=False)
    scales: tuple[torch.Tensor, ...] = field(repr=False)

    @property
    def sparse(self) -> bool:
        """Whether there are index heads."""
        return len(self.counts) > 2

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each part of the projection, the value's last."""
        widths = [count * (self.dim if part < 2 else self.index_dim) for part, count in enumerate(self.counts)]
        return (*widths, self.counts[1] * self.dim)


def make_heads(counts: tuple[int, ...], dims: tuple[int, int], eps: float, norms: tuple[torch.Tensor, ...]) -> Heads:
    """Returns the heads of a layer. Parts that have as many channels a head are normed and turned together."""
    lines = [(1.0 + norm.float()).expand(count, -1) for count, norm in zip(counts, norms, strict=True)]
    together = (lines,) if dims[0] == dims[1] or len(lines) == 2 else (lines[:2], lines[2:])
    return Heads(counts, *dims, eps, norms, tuple(torch.cat(each) for each in together))


def enter(x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
    """Takes a layer's projections `[T, channels]`: returns the queries, and puts the rest into the cache."""
    found: list[torch.Tensor] = []
    begin = 0
    for scale in heads.scales:
        end = begin + scale.numel()
        part = x[:, begin:end].unflatten(-1, scale.shape)
        counts = heads.counts[len(found) :][: len(heads.counts) // len(heads.scales)]
        found += rotation.turned(norm(part, scale, heads.eps)).split(counts, 1)
        begin = end
    new = torch.cat((found[1], x[:, begin:].unflatten(-1, (-1, heads.dim))), dim=-1)
    layer.write(batch.lines, batch.slots, new, found[3][:, 0] if heads.sparse else None)
    return found[0], found[2] if heads.sparse else None


def norm(x: torch.Tensor, scale: torch.Tensor, eps: float) -> torch.Tensor:
    """Returns x / rms(x) * scale over the last dimension, computed in float32; `scale` is 1 + weight, in float32."""
    if scale.dim() == 1:
        return rms_norm(x.float(), scale.shape, scale, eps).type_as(x)
    return rms_norm(x.float(), scale.shape[-1:], None, eps).mul_(scale).type_as(x)
