"""Rotary embedding of the first channels, rotate-half: how fast each pair turns, and the angles of positions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from selfhost.config import M3Config, Yarn


@dataclass(frozen=True, slots=True)
class Rotation:
    """cos, sin `[T, 1, rotary_dim]` of new tokens, in the model's dtype; sin is negative in the first half."""

    cos: torch.Tensor = field(repr=False)
    sin: torch.Tensor = field(repr=False)

    def turned(self, x: torch.Tensor) -> torch.Tensor:
        """Returns x `[T, heads, dim]` itself, its first `rotary_dim` channels turned in place."""
        channels = self.cos.shape[-1]
        turning = x[..., :channels]
        other = turning.roll(channels // 2, dims=-1)
        turning.mul_(self.cos).addcmul_(other, self.sin)
        return x


class Rotary:
    """The frequencies of a model on a device."""

    def __init__(self, config: M3Config, device: torch.device) -> None:
        turning = frequencies(config).to(device)
        self._amplitude = 1.0 if config.yarn is None else config.yarn.amplitude
        self._twice = torch.cat((turning, turning))
        self._signs = torch.cat((-torch.ones_like(turning), torch.ones_like(turning))) * self._amplitude

    def rotation(self, positions: torch.Tensor, dtype: torch.dtype) -> Rotation:
        """Returns the rotation of tokens at `positions` `[T]`."""
        angles = positions.float().view(-1, 1, 1) * self._twice
        return Rotation((angles.cos() * self._amplitude).to(dtype), (angles.sin() * self._signs).to(dtype))

    def table(self, positions: int) -> torch.Tensor:
        """Returns `[positions, rotary_dim]` float32: the cosines, then the sines, of each position."""
        half = len(self._twice) // 2
        angles = torch.arange(positions, device=self._twice.device).float()[:, None] * self._twice[:half]
        return torch.cat((angles.cos(), angles.sin()), dim=-1) * self._amplitude


def frequencies(config: M3Config) -> torch.Tensor:
    """Returns the angle a position adds to each pair of channels: `[rotary_dim / 2]` float32."""
    pairs = config.rotary_dim // 2
    periods = config.rope_theta ** (torch.arange(0, config.rotary_dim, 2, dtype=torch.float32) / config.rotary_dim)
    if config.yarn is None:
        return 1.0 / periods
    first, last = _stretched_from(config.yarn, config.rotary_dim, config.rope_theta)
    stretched = ((torch.arange(pairs, dtype=torch.float32) - first) / (last - first)).clamp(0, 1)
    return stretched / (config.yarn.factor * periods) + (1 - stretched) / periods


def _stretched_from(yarn: Yarn, rotary_dim: int, theta: float) -> tuple[float, float]:
    """The pair of channels where stretching begins, and the one from which it is whole."""

    def turning(times: float) -> float:
        return rotary_dim * math.log(yarn.original / (times * 2 * math.pi)) / (2 * math.log(theta))

    first, last = turning(yarn.fast), turning(yarn.slow)
    if yarn.truncate:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, rotary_dim - 1)
    return first, last if last != first else last + 0.001
