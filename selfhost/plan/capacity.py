"""Whether it fits, and for how many.

    bytes a token, TP    2 * dim * layers * e_kv * max(kv_heads, tp) + dim_index * sparse_layers * e_index * tp
    bytes a token, DP    2 * dim * layers * e_kv * kv_heads          + dim_index * sparse_layers * e_index
    pool                 gpus * (memory * utilization - overhead) - weights
    tokens               pool / bytes a token;   users(S) = tokens / S

Under tensor parallelism a rank holds at least one KV head, so heads are copied when ranks outnumber them, and the one
index-key head is on every rank. Under data-parallel attention with expert parallelism each GPU holds whole requests,
all weights but its share of the experts, and one request can use one GPU's pool only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from selfhost.plan.shape import VISION_PARAMETERS, Shape

GIB = 1 << 30
CONTEXTS = (32_768, 131_072, 1_048_576)


class Weights(StrEnum):
    """How weights are stored."""

    BF16 = "bf16"
    MXFP8 = "mxfp8"
    NVFP4 = "nvfp4"


class Split(StrEnum):
    """How the model lies on the GPUs."""

    TENSOR = "tp"
    DATA_EXPERT = "dp+ep"


WEIGHT_BYTES = {Weights.BF16: 2.0, Weights.MXFP8: 1.04, Weights.NVFP4: 0.6065}
"""Bytes a parameter of the released files: 854, 444 and 259 GB for 427 G parameters, scales included."""


@dataclass(frozen=True, slots=True)
class Node:
    """`memory` bytes of each GPU; `overhead` bytes of it for activations, graphs and communication are assumed."""

    name: str
    gpus: int
    memory: int
    utilization: float = 0.92
    overhead: int = 6 * GIB


@dataclass(frozen=True, slots=True)
class Layout:
    """Weight format, split, and bytes an element of the KV cache and of the index cache."""

    weights: Weights
    split: Split
    kv_bytes: int = 2
    index_bytes: int = 2


@dataclass(frozen=True, slots=True)
class Capacity:
    """`tokens` in the whole pool, `longest` context one request can have; both 0 when it does not fit."""

    fits: bool
    weight_bytes: int
    token_bytes: int
    pool_bytes: int
    tokens: int
    longest: int

    def users(self, context: int) -> float:
        """Returns how many requests of this many tokens the pool holds; 0 when one does not fit."""
        return self.tokens / context if context <= self.longest else 0.0


def token_bytes(shape: Shape, layout: Layout, gpus: int) -> int:
    """Returns the bytes that one cached token takes on the whole node."""
    kv = 2 * shape.head_dim * shape.layers * layout.kv_bytes
    index = shape.index_dim * shape.sparse_layers * layout.index_bytes
    if layout.split is Split.TENSOR:
        return kv * max(shape.kv_heads, gpus) + index * gpus
    return kv * shape.kv_heads + index


def capacity(shape: Shape, node: Node, layout: Layout) -> Capacity:
    """Returns what the node holds. Vision weights are counted: the released files are loaded whole."""
    each = WEIGHT_BYTES[layout.weights]
    total = (shape.parameters + VISION_PARAMETERS) * each
    copies = node.gpus if layout.split is Split.DATA_EXPERT else 1
    weights = shape.expert_parameters * each + (total - shape.expert_parameters * each) * copies
    pool = node.gpus * (node.memory * node.utilization - node.overhead) - weights
    per_token = token_bytes(shape, layout, node.gpus)
    tokens = max(0, int(pool / per_token))
    alone = tokens // node.gpus if layout.split is Split.DATA_EXPERT else tokens
    return Capacity(pool > 0, int(weights), per_token, max(0, int(pool)), tokens, min(alone, shape.context))
