"""Sizes of the model, from its config alone. Parameters are counted, not stated: they agree with the released total."""

from __future__ import annotations

from dataclasses import dataclass

from selfhost.config import M3Config

VISION_PARAMETERS = 860_000_000
"""Vision tower and projector of the release (0.63 G + 0.23 G); a text-only server need not load them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Parameters: all, those of routed experts, those active for one token. Cache: bytes follow from these widths."""

    parameters: int
    expert_parameters: int
    active_parameters: int
    layers: int
    sparse_layers: int
    kv_heads: int
    head_dim: int
    index_dim: int
    context: int


def shape_of(config: M3Config) -> Shape:
    """Returns the sizes of a model."""
    moe, sparse = sum(config.moe_layers), sum(config.sparse_layers)
    expert = 3 * config.hidden * config.expert_width
    routed = moe * config.experts * expert
    width = config.heads * config.head_dim
    attention = 2 * config.hidden * width + 2 * config.hidden * config.kv_heads * config.head_dim
    index = config.hidden * config.sparse.index_dim * (config.sparse.index_heads + 1)
    shared = moe * (3 * config.hidden * config.shared_width + config.experts * config.hidden)
    dense = (config.layers - moe) * 3 * config.hidden * config.dense_width
    embedding = config.vocab_size * config.hidden
    rest = config.layers * attention + sparse * index + shared + dense + embedding
    return Shape(
        parameters=rest + routed + embedding,
        expert_parameters=routed,
        active_parameters=rest + moe * config.experts_per_token * expert,
        layers=config.layers,
        sparse_layers=sparse,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        index_dim=config.sparse.index_dim,
        context=config.context,
    )
