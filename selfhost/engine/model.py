"""MiniMax M3, the text model: one function per part, weights as plain tensors.

    x = embed(tokens)
    for each layer:  x += attention(norm(x));  x += mlp_or_experts(norm(x))
    logits = head(norm(x))

Norms are Gemma's (weight + 1, float32). Rotary embedding turns the first `rotary_dim` channels (rotate-half). Experts:
sigmoid scores, a correction bias that only selects, weights renormalised over the chosen, scaled, plus a shared expert.
Source: transformers 5.17 `minimax_m3_vl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch.nn.functional import linear

from selfhost.checkpoint.layout import HEAD, MODEL
from selfhost.config import M3Config
from selfhost.engine.attention import Attention
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache, PagedCache

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Mlp:
    """gate_up `[2 * width, hidden]`, down `[hidden, width]`."""

    gate_up: torch.Tensor = field(repr=False)
    down: torch.Tensor = field(repr=False)


@dataclass(frozen=True, slots=True)
class Experts:
    """router `[experts, hidden]` float32, bias `[experts]`, one `Mlp` an expert, and the shared one."""

    router: torch.Tensor = field(repr=False)
    bias: torch.Tensor = field(repr=False)
    routed: tuple[Mlp, ...] = field(repr=False)
    shared: Mlp = field(repr=False)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. `projection` is q, k, v and, on a sparse layer, index q and k, stacked; `splits` are their sizes."""

    projection: torch.Tensor = field(repr=False)
    splits: tuple[int, ...]
    output: torch.Tensor = field(repr=False)
    norms: Mapping[str, torch.Tensor] = field(repr=False)
    mlp: Mlp | Experts = field(repr=False)


class M3Model:
    """The weights of one model, ready to run."""

    def __init__(self, config: M3Config, tensors: Tensors) -> None:
        """Takes the tensors by released name; those that are stacked are copied."""
        self.config = config
        self._embedding = tensors[f"{MODEL}.embed_tokens.weight"]
        self._norm = 1.0 + tensors[f"{MODEL}.norm.weight"].float()
        self._head = tensors[HEAD]
        self._layers = tuple(_layer(config, tensors, number) for number in range(config.layers))
        channels = torch.arange(0, config.rotary_dim, 2, dtype=torch.float32) / config.rotary_dim
        self._frequencies = (1.0 / config.rope_theta**channels).to(self._embedding.device)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of weights and activations."""
        return self._embedding.dtype

    def forward(self, batch: Batch, cache: PagedCache, attention: Attention, wanted: torch.Tensor) -> torch.Tensor:
        """Returns float32 logits `[wanted, vocab]` after the new tokens at these rows of the batch; fills the cache."""
        x = self._embedding[batch.tokens]
        cos, sin = self._rotation(batch.positions)
        for layer, cached in zip(self._layers, cache.layers, strict=True):
            normed = gemma_norm(x, layer.norms["input"], self.config.norm_eps)
            x = x + self._attention(layer, cached, normed, (cos, sin), batch, attention)
            normed = gemma_norm(x, layer.norms["post"], self.config.norm_eps)
            x = x + self._mlp(layer.mlp, normed)
        return linear(gemma_norm(x[wanted], self._norm, self.config.norm_eps), self._head).float()

    def _rotation(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = positions.float()[:, None] * self._frequencies
        angles = torch.cat((angles, angles), dim=-1)[:, None]
        return angles.cos().to(self.dtype), angles.sin().to(self.dtype)

    def _attention(
        self,
        layer: Layer,
        cached: LayerCache,
        x: torch.Tensor,
        rotation: tuple[torch.Tensor, torch.Tensor],
        batch: Batch,
        attention: Attention,
    ) -> torch.Tensor:
        config, norms, eps = self.config, layer.norms, self.config.norm_eps
        parts = linear(x, layer.projection).split(layer.splits, dim=-1)
        query, key, value = (part.unflatten(-1, (-1, config.head_dim)) for part in parts[:3])
        query = rotate(gemma_norm(query, norms["q"], eps), *rotation)
        key = rotate(gemma_norm(key, norms["k"], eps), *rotation)
        if len(parts) == 3:
            cached.write(batch.slots, key, value, None)
            mixed = attention.dense(query, cached, batch)
        else:
            index_query, index_key = (part.unflatten(-1, (-1, config.sparse.index_dim)) for part in parts[3:])
            index_query = rotate(gemma_norm(index_query, norms["index_q"], eps), *rotation)
            index_key = rotate(gemma_norm(index_key, norms["index_k"], eps), *rotation)
            cached.write(batch.slots, key, value, index_key[:, 0])
            mixed = attention.sparse(query, index_query, cached, batch)
        return linear(mixed.flatten(1), layer.output)

    def _mlp(self, mlp: Mlp | Experts, x: torch.Tensor) -> torch.Tensor:
        if isinstance(mlp, Mlp):
            return self._gated(mlp, x)
        shared = self._gated(mlp.shared, x)
        scores = linear(x.to(mlp.router.dtype), mlp.router).float().sigmoid()
        chosen = (scores + mlp.bias).topk(self.config.experts_per_token, dim=-1, sorted=False).indices
        weights = scores.gather(1, chosen)
        weights = weights / weights.sum(-1, keepdim=True)
        return self._routed(mlp, x, chosen, weights) * self.config.routed_scale + shared

    def _routed(self, mlp: Experts, x: torch.Tensor, chosen: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Each expert once, over the tokens that chose it: chosen, weights `[T, experts_per_token]`."""
        out = torch.zeros_like(x)
        order = chosen.flatten().argsort(stable=True)
        token = order // self.config.experts_per_token
        counts = torch.bincount(chosen.flatten(), minlength=self.config.experts).tolist()
        weight = weights.flatten()[order].to(x.dtype)[:, None]
        begin = 0
        for expert, count in enumerate(counts):
            if count:
                rows = slice(begin, begin + count)
                out.index_add_(0, token[rows], self._gated(mlp.routed[expert], x[token[rows]]) * weight[rows])
                begin += count
        return out

    def _gated(self, mlp: Mlp, x: torch.Tensor) -> torch.Tensor:
        """Clamped SwiGLU: gate * sigmoid(alpha * gate) * (up + 1), gate at most `limit`, up within +-limit."""
        gate, up = linear(x, mlp.gate_up).chunk(2, dim=-1)
        gate = gate.clamp(max=self.config.swiglu_limit)
        up = up.clamp(min=-self.config.swiglu_limit, max=self.config.swiglu_limit)
        return linear((up + 1.0) * (gate * torch.sigmoid(gate * self.config.swiglu_alpha)), mlp.down)


def gemma_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Returns x / rms(x) * (1 + weight) over the last dimension, computed in float32. `weight` holds 1 + weight."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps) * weight).type_as(x)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Returns x `[T, heads, dim]` with its first channels rotated: cos, sin `[T, 1, rotary_dim]`."""
    rotary = cos.shape[-1]
    turned, rest = x[..., :rotary], x[..., rotary:]
    half = torch.cat((-turned[..., rotary // 2 :], turned[..., : rotary // 2]), dim=-1)
    return torch.cat((turned * cos + half * sin, rest), dim=-1)


def _layer(config: M3Config, tensors: Tensors, number: int) -> Layer:
    prefix = f"{MODEL}.layers.{number}"
    names = ["q_proj", "k_proj", "v_proj"] + ["index_q_proj", "index_k_proj"] * config.sparse_layers[number]
    stacked = [tensors[f"{prefix}.self_attn.{name}.weight"] for name in names]
    norms = {"input": f"{prefix}.input_layernorm", "post": f"{prefix}.post_attention_layernorm"}
    heads = ["q", "k"] + ["index_q", "index_k"] * config.sparse_layers[number]
    norms |= {name: f"{prefix}.self_attn.{name}_norm" for name in heads}
    return Layer(
        projection=torch.cat(stacked),
        splits=tuple(part.shape[0] for part in stacked),
        output=tensors[f"{prefix}.self_attn.o_proj.weight"],
        norms={name: 1.0 + tensors[f"{path}.weight"].float() for name, path in norms.items()},
        mlp=_experts(config, tensors, f"{prefix}.block_sparse_moe")
        if config.moe_layers[number]
        else _mlp(tensors, f"{prefix}.mlp"),
    )


def _mlp(tensors: Tensors, prefix: str) -> Mlp:
    gate_up = torch.cat((tensors[f"{prefix}.gate_proj.weight"], tensors[f"{prefix}.up_proj.weight"]))
    return Mlp(gate_up, tensors[f"{prefix}.down_proj.weight"])


def _experts(config: M3Config, tensors: Tensors, prefix: str) -> Experts:
    routed = tuple(
        Mlp(
            torch.cat(
                (tensors[f"{prefix}.experts.{expert}.w1.weight"], tensors[f"{prefix}.experts.{expert}.w3.weight"])
            ),
            tensors[f"{prefix}.experts.{expert}.w2.weight"],
        )
        for expert in range(config.experts)
    )
    return Experts(
        router=tensors[f"{prefix}.gate.weight"],
        bias=tensors[f"{prefix}.e_score_correction_bias"],
        routed=routed,
        shared=_mlp(tensors, f"{prefix}.shared_experts"),
    )
