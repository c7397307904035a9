"""MiniMax M3, the text model.

    x = embed(tokens)
    for each layer:  x += attention(norm(x));  x += mlp_or_experts(norm(x))
    logits = head(norm(x))

Norms are Gemma's: x / rms(x) * (1 + weight), in float32. Source: transformers 5.17 `minimax_m3_vl`.
"""

from __future__ import annotations

import torch
from torch.nn.functional import embedding

from selfhost.checkpoint.layout import HEAD, MODEL
from selfhost.config import M3Config
from selfhost.engine.attention import Attention
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache, PagedCache
from selfhost.engine.heads import norm
from selfhost.engine.matrix import Matrix
from selfhost.engine.weights import Layer, Tensors, make_layer, norm_scale
from selfhost.rotary import Rotary, Rotation


class M3Model:
    """The weights of one model, ready to run."""

    def __init__(self, config: M3Config, tensors: Tensors) -> None:
        """Takes the tensors by released name; those that are stacked or packed are copied."""
        self.config = config
        self._embedding = tensors[f"{MODEL}.embed_tokens.weight"]
        self._layers = tuple(make_layer(config, tensors, number) for number in range(config.layers))
        self._last = norm_scale(tensors, f"{MODEL}.norm")
        self._head = Matrix(tensors[HEAD])
        self.rotary = Rotary(config, self._embedding.device)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of weights and activations."""
        return self._embedding.dtype

    def forward(
        self, batch: Batch, cache: PagedCache, attention: Attention, wanted: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Returns float32 logits `[wanted, vocab]` after the new tokens at these rows of the batch; fills the cache.

        Without `wanted`, logits after every new token.
        """
        eps = self.config.norm_eps
        batch = attention.begun(batch, cache)
        x = embedding(batch.tokens, self._embedding)
        rotation = self.rotary.rotation(batch.positions, self.dtype)
        for layer, cached in zip(self._layers, cache.layers, strict=True):
            x = x + _attended(layer, cached, norm(x, layer.before, eps), rotation, batch, attention)
            x = x + layer.mlp(norm(x, layer.between, eps))
        return self._head(norm(x if wanted is None else x[wanted], self._last, eps)).float()


def _attended(
    layer: Layer, cached: LayerCache, x: torch.Tensor, rotation: Rotation, batch: Batch, attention: Attention
) -> torch.Tensor:
    query, index_query = attention.enter(layer.projection(x), layer.heads, rotation, cached, batch)
    if index_query is None:
        mixed = attention.dense(query, cached, batch)
    else:
        mixed = attention.sparse(query, index_query, cached, batch)
    return layer.output(mixed.flatten(1))
