"""The part of a layer after attention: one gated layer, or the experts a token is routed to and the shared one.

Routing: sigmoid scores; a correction bias that only selects; weights renormalised over the chosen and scaled. Every
expert is a gated layer of the same kind:

    down(gate * sigmoid(alpha * gate) * (up + 1)),   gate at most `limit`, up within +-limit       clamped SwiGLU

Source: transformers 5.17 `minimax_m3_vl`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn.functional import grouped_mm, linear

from selfhost.config import M3Config
from selfhost.engine.matrix import Matrix


class Mlp(Protocol):
    """`[T, hidden]` to `[T, hidden]`."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Returns what is added to the stream."""


@dataclass(frozen=True, slots=True)
class Gated:
    """One gated layer. gate_up `[2 * width, hidden]`, down `[hidden, width]`."""

    config: M3Config
    gate_up: Matrix
    down: Matrix

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See `Mlp`."""
        return self.down(activate(self.config, self.gate_up(x)))


def activate(config: M3Config, gate_up: torch.Tensor) -> torch.Tensor:
    """Clamped SwiGLU of `[..., 2 * width]`, gates first: `[..., width]`. What it is given is overwritten."""
    gate, up = gate_up.chunk(2, dim=-1)
    gate = gate.clamp_(max=config.swiglu_limit)
    up = up.clamp_(min=-config.swiglu_limit, max=config.swiglu_limit)
    gate.mul_((gate * config.swiglu_alpha).sigmoid_())
    return torch.addcmul(gate, gate, up)


@dataclass(frozen=True, slots=True)
class Router:
    """weight `[experts, hidden]` and bias `[experts]`, float32: the choice must not depend on rounding."""

    config: M3Config
    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the chosen experts and their weights, both `[T, experts_per_token]`."""
        scores = linear(x.to(self.weight.dtype), self.weight).float().sigmoid()
        chosen = (scores + self.bias).topk(self.config.experts_per_token, dim=-1, sorted=False).indices
        weights = scores.gather(1, chosen)
        return chosen, weights / weights.sum(-1, keepdim=True) * self.config.routed_scale


@dataclass(frozen=True, slots=True)
class GroupedExperts:
    """Each chosen expert once, over the tokens that chose it. Nothing waits for the device.

    gate_up `[experts, 2 * width, hidden]`, down `[experts, hidden, width]`.
    """

    router: Router
    gate_up: torch.Tensor
    down: torch.Tensor
    shared: Gated

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See `Mlp`."""
        chosen, weights = self.router(x)
        expert, order = chosen.flatten().sort()
        every = torch.arange(self.gate_up.shape[0], device=x.device)
        ends = torch.searchsorted(expert, every, right=True, out_int32=True)
        rows = x[order // chosen.shape[1]]
        hidden = activate(self.router.config, grouped_mm(rows, self.gate_up.transpose(1, 2), offs=ends))
        mixed = grouped_mm(hidden, self.down.transpose(1, 2), offs=ends)
        back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=x.device))
        parts = mixed[back].unflatten(0, chosen.shape) * weights[..., None]
        return parts.sum(1).type_as(x) + self.shared(x)


@dataclass(frozen=True, slots=True)
class AllExperts:
    """Every expert and the shared one for every token, in two products; what was not chosen counts nothing.

    gate_up is all gates, the shared one's last, then all ups; down joins what each expert adds.
    """

    router: Router
    gate_up: Matrix
    down: Matrix

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """See `Mlp`."""
        config = self.router.config
        chosen, weights = self.router(x)
        share = torch.zeros(len(x), config.experts, dtype=x.dtype, device=x.device)
        share.scatter_(1, chosen, weights.to(x.dtype))
        hidden = activate(config, self.gate_up(x))
        hidden[:, : config.experts * config.expert_width].unflatten(-1, (config.experts, -1)).mul_(share[..., None])
        return self.down(hidden)
