"""What the launches of one prefill attention call share."""

from dataclasses import dataclass

import torch
from triton.experimental.gluon.language import NVMMASharedLayout
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor as HopperDescriptor

from kernels.msa.device import gpu_of
from kernels.msa.layout import DIM


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments that `validate` has accepted; layouts as in `kernels.msa.layout`. `out` is `[total_q, Hq, 128]`.

    With `widened` the kernels get a copy of an fp8 `kv` in the dtype of `q`.
    """

    q: torch.Tensor
    kv: torch.Tensor
    topk: torch.Tensor
    block_table: torch.Tensor
    cu_q: torch.Tensor
    prefix_lens: torch.Tensor
    out: torch.Tensor
    widened: bool = False

    @property
    def cache_dtype(self) -> torch.dtype:
        """Dtype of the keys and values that the kernels get."""
        return self.q.dtype if self.widened else self.kv.dtype

    @property
    def heads(self) -> int:
        """KV heads, H."""
        return self.kv.shape[1]

    @property
    def group(self) -> int:
        """Query heads a KV head, G."""
        return self.q.shape[1] // self.kv.shape[1]

    @property
    def on_hopper(self) -> bool:
        """Whether the Gluon kernels take it: on Hopper, a 16-bit cache, tiles of 64 rows in copies of 8."""
        return self.group in (8, 16) and self.q.dtype == self.cache_dtype and gpu_of(self.q.device).hopper


def tile_lines(lines: torch.Tensor, rows: int, channels: int = DIM) -> HopperDescriptor:
    """TMA descriptor over `[..., channels]` seen as lines, moving `[rows, channels]` pieces."""
    width = lines.shape[-1]
    layout = NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=2)
    return HopperDescriptor(lines, [lines.numel() // width, width], [width, 1], [rows, channels], layout)


def tile_queries(q: torch.Tensor, queries: int, group: int, channels: int = DIM) -> HopperDescriptor:
    """TMA descriptor over `[total_q, Hq, 128]`, moving a KV head's `[queries, group, channels]` pieces."""
    layout = NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=3)
    return HopperDescriptor(q, list(q.shape), list(q.stride()), [queries, group, channels], layout)
