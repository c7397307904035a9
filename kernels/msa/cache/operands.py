"""The groups of tensors that the cache operation takes."""

from dataclasses import dataclass

import torch

from kernels.msa.index.coarse.keys import CoarseKeys


@dataclass(frozen=True, slots=True)
class Projections:
    """A layer's projections of the new tokens, before any norm.

    Attributes:
        q: `[rows, Hq, 128]`.
        k: `[rows, H, 128]`.
        v: `[rows, H, 128]`.
        idx_q: `[rows, Hi, 128]`: H, or all heads where ranks share out the index.
        idx_k: `[rows, 1, 128]`.
    """

    q: torch.Tensor
    k: torch.Tensor
    v: torch.Tensor
    idx_q: torch.Tensor
    idx_k: torch.Tensor


@dataclass(frozen=True, slots=True)
class NormWeights:
    """Gemma RMSNorm weights, `[128]` each; a weight w scales by 1 + w."""

    q: torch.Tensor
    k: torch.Tensor
    idx_q: torch.Tensor
    idx_k: torch.Tensor


@dataclass(frozen=True, slots=True)
class Caches:
    """The paged caches of a layer.

    Attributes:
        kv: `[pages, H, 128, 256]`.
        idx_k: `[pages, 128, 128]`.
        coarse: coarse keys of `idx_k`, kept up to date where given.
    """

    kv: torch.Tensor
    idx_k: torch.Tensor
    coarse: CoarseKeys | None = None
