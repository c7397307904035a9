"""The model on one CPU thread: the weights as `kernels.cpu` multiplies them, and the same pass as `engine.model`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from torch.nn.functional import embedding, pad

from kernels.cpu import fused
from selfhost.checkpoint.layout import HEAD, MODEL
from selfhost.config import M3Config
from selfhost.engine.attention import Attention
from selfhost.engine.batch import Batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.weights import Tensors, norm_scale
from selfhost.rotary import Rotary

Array = np.ndarray
_NO_INDEX = np.zeros((1, 1, 1), np.float32)
_FOUR = 4


class Mlp(Protocol):
    """The part of a layer after attention."""

    def __call__(self, x: Array, stream: Array) -> None:
        """Adds to the stream what it makes of x, both `[T, hidden]`."""


@dataclass(frozen=True, slots=True)
class _Gated:
    config: M3Config
    gate_up: Array = field(repr=False)
    down: Array = field(repr=False)

    def __call__(self, x: Array, stream: Array) -> None:
        alpha, limit = self.config.swiglu_alpha, self.config.swiglu_limit
        fused.gated(x, stream, self.gate_up, self.down, np.float32(alpha), np.float32(limit))


@dataclass(frozen=True, slots=True)
class _Experts:
    config: M3Config
    router: Array = field(repr=False)
    bias: Array = field(repr=False)
    gate_up: Array = field(repr=False)
    down: Array = field(repr=False)
    shared: _Gated

    def __call__(self, x: Array, stream: Array) -> None:
        config, scale = self.config, np.float32(self.config.routed_scale)
        alpha, limit = np.float32(config.swiglu_alpha), np.float32(config.swiglu_limit)
        self.shared(x, stream)
        fused.experts(
            x, stream, self.router, self.bias, config.experts_per_token, scale, self.gate_up, self.down, alpha, limit
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    """`heads`: projection, output, counts of heads, norms of heads, as `fused.attention` takes them."""

    before: Array = field(repr=False)
    heads: tuple[Array, Array, tuple[int, ...], tuple[Array, ...]] = field(repr=False)
    between: Array = field(repr=False)
    mlp: Mlp


class CompiledModel:
    """As `selfhost.engine.model.M3Model`, in float32. One that `selfhost.start.uncompiled` finds nothing against."""

    def __init__(self, config: M3Config, tensors: Tensors) -> None:
        """Takes the tensors by released name; all but the embedding are copied. Compiles, or finds it compiled."""
        kept = _Kept(tensors)
        fused.ready(fused.WEIGHTS[kept.kind])
        self.config = config
        self.dtype = torch.float32
        self._embedding = tensors[f"{MODEL}.embed_tokens.weight"]
        self._layers = tuple(_layer(config, kept, number) for number in range(config.layers))
        self._last = kept.scale(f"{MODEL}.norm")
        self._head = kept.matrix(HEAD)
        self.rotary = Rotary(config, self._embedding.device)

    def forward(
        self, batch: Batch, cache: PagedCache, attention: Attention, wanted: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `M3Model.forward`. `attention` is not asked: the layers attend themselves."""
        del attention
        config, eps = self.config, np.float32(self.config.norm_eps)
        stream = _in_fours(embedding(batch.tokens, self._embedding))
        turn = self.rotary.rotation(batch.positions, self.dtype)
        written = turn.cos.squeeze(1).numpy(), turn.sin.squeeze(1).numpy(), batch.slots.numpy()
        seen = batch.block_table.numpy(), batch.cu_q.numpy(), batch.positions.numpy()
        for layer, cached in zip(self._layers, cache.layers, strict=True):
            index = _NO_INDEX if cached.index is None else cached.index.numpy()
            fused.attention(
                fused.normed(stream, layer.before, eps), stream, *layer.heads, eps, *written, cached.kv.numpy(), index,
                *seen, config.sparse.topk, config.sparse.local_blocks,
            )  # fmt: skip
            layer.mlp(fused.normed(stream, layer.between, eps), stream)
        rows = len(batch.tokens) if wanted is None else len(wanted)
        last = stream if wanted is None else _in_fours(torch.from_numpy(stream)[wanted])
        return torch.from_numpy(fused.product(fused.normed(last, self._last, eps), self._head))[:rows]


def _in_fours(rows: torch.Tensor) -> Array:
    found: Array = pad(rows, (0, 0, 0, -len(rows) % _FOUR)).numpy()
    return found


class _Kept:
    """Tensors as the compiled layers read them: `[in, out]`, as 16 bits where these hold every weight exactly."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        matrices = (each for name, each in tensors.items() if each.dim() > 1 and not name.endswith(".gate.weight"))
        exact = all(torch.equal(each.bfloat16().to(each.dtype), each) for each in matrices)
        self.kind = "uint16" if exact else "float32"

    def vector(self, name: str) -> Array:
        found: Array = self._tensors[name].float().numpy()
        return found

    def scale(self, norm: str) -> Array:
        found: Array = norm_scale(self._tensors, norm).numpy()
        return found

    def matrix(self, *names: str) -> Array:
        """One matrix of several side by side."""
        turned = torch.cat([self._tensors[name] for name in names]).T.contiguous()
        if self.kind == "float32":
            return np.asarray(turned.numpy())
        return np.asarray(turned.bfloat16().view(torch.int16).numpy().view(np.uint16))

    def gated(
        self, prefix: str, names: tuple[str, str, str] = ("gate_proj", "up_proj", "down_proj")
    ) -> tuple[Array, Array]:
        gate, up, down = (f"{prefix}.{name}.weight" for name in names)
        return self.matrix(gate, up), self.matrix(down)


def _layer(config: M3Config, kept: _Kept, number: int) -> _Layer:
    prefix = f"{MODEL}.layers.{number}"
    sparse = config.sparse_layers[number]
    names = ["q", "k", *(["index_q", "index_k"] if sparse else [])]
    norms = [kept.vector(f"{prefix}.self_attn.{name}_norm.weight") for name in names]
    projections = (f"{prefix}.self_attn.{name}_proj.weight" for name in (*names, "v"))
    return _Layer(
        before=kept.scale(f"{prefix}.input_layernorm"),
        heads=(
            kept.matrix(*projections),
            kept.matrix(f"{prefix}.self_attn.o_proj.weight"),
            (config.heads, config.kv_heads, *((config.sparse.index_heads, 1) if sparse else (0, 0))),
            tuple(norms if sparse else norms * 2),
        ),
        between=kept.scale(f"{prefix}.post_attention_layernorm"),
        mlp=_experts(config, kept, f"{prefix}.block_sparse_moe")
        if config.moe_layers[number]
        else _Gated(config, *kept.gated(f"{prefix}.mlp")),
    )


def _experts(config: M3Config, kept: _Kept, prefix: str) -> _Experts:
    each = [kept.gated(f"{prefix}.experts.{expert}", ("w1", "w3", "w2")) for expert in range(config.experts)]
    gate_up, down = (np.stack(matrices) for matrices in zip(*each, strict=True))
    return _Experts(
        config,
        kept.vector(f"{prefix}.gate.weight"),
        kept.vector(f"{prefix}.e_score_correction_bias"),
        gate_up,
        down,
        _Gated(config, *kept.gated(f"{prefix}.shared_experts")),
    )
