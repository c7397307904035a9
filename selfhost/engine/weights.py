"""From tensors by released name to what a pass computes with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from selfhost.checkpoint.layout import HEAD, MODEL
from selfhost.config import M3Config
from selfhost.engine.experts import AllExperts, Gated, GroupedExperts, Mlp, Router
from selfhost.engine.heads import Heads, make_heads
from selfhost.engine.matrix import Matrix

Tensors = Mapping[str, torch.Tensor]
_WASTED_AT_MOST = 4
"""Where no more than so many times the chosen experts exist, a CPU computes all of them sooner than the chosen."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. `before`, `between` `[hidden]` float32 are 1 + weight of the norms before attention and `mlp`."""

    before: torch.Tensor = field(repr=False)
    projection: Matrix = field(repr=False)
    heads: Heads = field(repr=False)
    output: Matrix = field(repr=False)
    between: torch.Tensor = field(repr=False)
    mlp: Mlp = field(repr=False)


def norm_scale(tensors: Tensors, prefix: str) -> torch.Tensor:
    """Returns 1 + weight of a norm, in float32."""
    return 1.0 + tensors[f"{prefix}.weight"].float()


def make_layer(config: M3Config, tensors: Tensors, number: int) -> Layer:
    """Takes one layer's tensors by released name; those that are stacked or packed are copied."""
    prefix = f"{MODEL}.layers.{number}"
    index = ["index_q", "index_k"] if config.sparse_layers[number] else []
    names = ["q", "k", *index]
    parts = [tensors[f"{prefix}.self_attn.{name}_proj.weight"] for name in (*names, "v")]
    counts = (config.heads, config.kv_heads, config.sparse.index_heads, 1)[: len(names)]
    norms = tuple(tensors[f"{prefix}.self_attn.{name}_norm.weight"] for name in names)
    return Layer(
        before=norm_scale(tensors, f"{prefix}.input_layernorm"),
        projection=Matrix(torch.cat(parts)),
        heads=make_heads(counts, (config.head_dim, config.sparse.index_dim), config.norm_eps, norms),
        output=Matrix(tensors[f"{prefix}.self_attn.o_proj.weight"]),
        between=norm_scale(tensors, f"{prefix}.post_attention_layernorm"),
        mlp=_experts(config, tensors, f"{prefix}.block_sparse_moe")
        if config.moe_layers[number]
        else _gated(config, tensors, f"{prefix}.mlp"),
    )


def _gated(config: M3Config, tensors: Tensors, prefix: str) -> Gated:
    gate, up, down = (tensors[f"{prefix}.{name}_proj.weight"] for name in ("gate", "up", "down"))
    return Gated(config, Matrix(torch.cat((gate, up))), Matrix(down))


def _experts(config: M3Config, tensors: Tensors, prefix: str) -> Mlp:
    router = Router(config, tensors[f"{prefix}.gate.weight"], tensors[f"{prefix}.e_score_correction_bias"])
    all_wasted = config.experts > _WASTED_AT_MOST * config.experts_per_token
    on_tensor_cores = router.weight.is_cuda and tensors[HEAD].dtype != torch.float32
    make = _grouped if all_wasted or on_tensor_cores else _all
    return make(config, tensors, prefix, router)


def _grouped(config: M3Config, tensors: Tensors, prefix: str, router: Router) -> GroupedExperts:
    def gate_up(expert: int) -> torch.Tensor:
        return torch.cat([tensors[f"{prefix}.experts.{expert}.{name}.weight"] for name in ("w1", "w3")])

    downs = [tensors[f"{prefix}.experts.{expert}.w2.weight"] for expert in range(config.experts)]
    return GroupedExperts(
        router,
        torch.stack([gate_up(expert) for expert in range(config.experts)]),
        torch.stack(downs),
        _gated(config, tensors, f"{prefix}.shared_experts"),
    )


def _all(config: M3Config, tensors: Tensors, prefix: str, router: Router) -> AllExperts:
    def every(routed: str, shared: str) -> list[torch.Tensor]:
        found = [tensors[f"{prefix}.experts.{expert}.{routed}.weight"] for expert in range(config.experts)]
        return [*found, tensors[f"{prefix}.shared_experts.{shared}_proj.weight"]]

    gate_up = torch.cat(every("w1", "gate") + every("w3", "up"))
    return AllExperts(router, Matrix(gate_up), Matrix(torch.cat(every("w2", "down"), dim=1)))
