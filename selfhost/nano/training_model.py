"""The model as it is trained: the engine's mathematics, dense and differentiable.

Dense attention is exactly MSA here: a context of at most `topk * block` = 2,048 tokens selects all of its blocks. The
index weights are therefore not trained; they stay as they were drawn. Every expert sees every token and is weighed by
the router, zero where it was not chosen: eight small experts cost less so than being called one by one.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import linear, scaled_dot_product_attention

from selfhost.checkpoint.layout import HEAD, MODEL, shapes
from selfhost.config import M3Config
from selfhost.rotary import frequencies

_SPREAD = 0.02


class TrainingModel(nn.Module):
    """Parameters under their released names, with `.` written as `/` (torch allows no dots)."""

    def __init__(self, config: M3Config) -> None:
        super().__init__()
        self.config = config
        for name, shape in shapes(config).items():
            drawn = (
                torch.zeros(shape) if name.endswith("norm.weight") or "bias" in name else torch.randn(shape) * _SPREAD
            )
            self.register_parameter(name.replace(".", "/"), nn.Parameter(drawn, requires_grad=_is_trained(name)))
        self.register_buffer("frequencies", frequencies(config), persistent=False)
        self.loads: dict[int, torch.Tensor] = {}

    def tensor(self, name: str) -> torch.Tensor:
        """The parameter of this released name."""
        return self.get_parameter(name.replace(".", "/"))

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every parameter by released name."""
        return {name: self.tensor(name) for name in shapes(self.config)}

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Returns logits `[batch, length, vocab]` of tokens `[batch, length]`."""
        x = self.tensor(f"{MODEL}.embed_tokens.weight")[tokens]
        positions = torch.arange(tokens.shape[1], device=tokens.device).float()
        angles = torch.cat([positions[:, None] * self.get_buffer("frequencies")] * 2, dim=-1)
        rotation = (angles.cos().to(x.dtype), angles.sin().to(x.dtype))
        for layer in range(self.config.layers):
            prefix = f"{MODEL}.layers.{layer}"
            x = x + self._attention(prefix, self._norm(f"{prefix}.input_layernorm", x), rotation)
            x = x + self._mlp(layer, prefix, self._norm(f"{prefix}.post_attention_layernorm", x))
        return linear(self._norm(f"{MODEL}.norm", x), self.tensor(HEAD).to(x.dtype))

    def _norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        weight = 1.0 + self.tensor(f"{name}.weight").float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.config.norm_eps) * weight).to(x.dtype)

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return linear(x, self.tensor(f"{name}.weight").to(x.dtype))

    def _attention(self, prefix: str, x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        config, place = self.config, f"{prefix}.self_attn"
        query, key, value = (
            self._linear(f"{place}.{name}_proj", x).unflatten(-1, (-1, config.head_dim)) for name in "qkv"
        )
        query = _rotated(self._norm(f"{place}.q_norm", query), rotation).transpose(1, 2)
        key = _rotated(self._norm(f"{place}.k_norm", key), rotation).transpose(1, 2)
        mixed = scaled_dot_product_attention(query, key, value.transpose(1, 2), is_causal=True, enable_gqa=True)
        return self._linear(f"{place}.o_proj", mixed.transpose(1, 2).flatten(2))

    def _mlp(self, layer: int, prefix: str, x: torch.Tensor) -> torch.Tensor:
        if not self.config.moe_layers[layer]:
            return self._gated(f"{prefix}.mlp", x)
        place = f"{prefix}.block_sparse_moe"
        scores = linear(x.float(), self.tensor(f"{place}.gate.weight").float()).sigmoid()
        chosen = (
            (scores + self.tensor(f"{place}.e_score_correction_bias").float())
            .topk(self.config.experts_per_token, dim=-1)
            .indices
        )
        mask = torch.zeros_like(scores).scatter(-1, chosen, 1.0)
        self.loads[layer] = mask.detach().flatten(0, -2).mean(0)
        weights = scores * mask
        weights = (weights / weights.sum(-1, keepdim=True)).to(x.dtype)
        routed = self._experts(place, x, weights) * self.config.routed_scale
        return routed + self._gated(f"{place}.shared_experts", x)

    def _experts(self, place: str, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        gate, up, down = (self._stacked(place, name).to(x.dtype) for name in ("w1", "w3", "w2"))
        hidden = self._activated(torch.einsum("bld,ewd->blew", x, gate), torch.einsum("bld,ewd->blew", x, up))
        return torch.einsum("blew,edw->bld", hidden * weights[..., None], down)

    def _stacked(self, place: str, name: str) -> torch.Tensor:
        return torch.stack([self.tensor(f"{place}.experts.{e}.{name}.weight") for e in range(self.config.experts)])

    def _gated(self, place: str, x: torch.Tensor) -> torch.Tensor:
        hidden = self._activated(self._linear(f"{place}.gate_proj", x), self._linear(f"{place}.up_proj", x))
        return self._linear(f"{place}.down_proj", hidden)

    def _activated(self, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        gate = gate.clamp(max=self.config.swiglu_limit)
        up = up.clamp(min=-self.config.swiglu_limit, max=self.config.swiglu_limit)
        return (up + 1.0) * (gate * torch.sigmoid(gate * self.config.swiglu_alpha))

    @torch.no_grad()
    def balance(self, rate: float) -> None:
        """Moves each correction bias towards equal loads: it selects, and never weighs (DeepSeek-V3, section 2.1.2)."""
        wanted = self.config.experts_per_token / self.config.experts
        for layer, load in self.loads.items():
            bias = self.tensor(f"{MODEL}.layers.{layer}.block_sparse_moe.e_score_correction_bias")
            bias += rate * torch.sign(wanted - load).to(bias)


def _is_trained(name: str) -> bool:
    return "index_" not in name and "e_score_correction_bias" not in name


def _rotated(x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """The first channels turned, rotate-half: x `[batch, length, heads, dim]`."""
    cos, sin = (part[:, None] for part in rotation)
    rotary = cos.shape[-1]
    turned, rest = x[..., :rotary], x[..., rotary:]
    half = torch.cat((-turned[..., rotary // 2 :], turned[..., : rotary // 2]), dim=-1)
    return torch.cat((turned * cos + half * sin, rest), dim=-1)
