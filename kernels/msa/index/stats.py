"""What a selection looks like: how much neighbouring queries share, and how old the blocks are. A debug output."""

from dataclasses import dataclass

import torch

from kernels.msa.layout import BLOCK, TOPK


@dataclass(frozen=True, slots=True)
class SelectionStats:
    """Means over the rows that select 16 blocks; NaN where there is none.

    Tensors on the device: when to synchronise is the reader's choice.

    Attributes:
        overlap: `[H]` float32, distinct blocks of `tile` neighbouring rows / 16: 1 if all agree, `tile` if none do.
        age: `[H]` float32, mean distance in blocks from a row's own block to the ones it selects.
    """

    overlap: torch.Tensor
    age: torch.Tensor


def selection_stats(
    topk: torch.Tensor, cu_q: torch.Tensor, prefix_lens: torch.Tensor, tile: int = 64
) -> SelectionStats:
    """Statistics of a selection, without synchronising.

    Args:
        topk: `[H, total_q, 16]` int32.
        cu_q: `[requests + 1]` int32.
        prefix_lens: `[requests]` int32.
        tile: neighbouring rows to compare; tiles that straddle two requests count like any other.

    Returns:
        The statistics, on the device of `topk`.
    """
    heads, total_q = topk.shape[:2]
    rows = torch.arange(total_q, device=topk.device, dtype=cu_q.dtype)
    request = torch.searchsorted(cu_q[1:].contiguous(), rows, right=True).clamp(max=prefix_lens.shape[0] - 1)
    own = torch.div(prefix_lens[request] + rows - cu_q[request], BLOCK, rounding_mode="floor")
    full = (topk >= 0).all(-1)
    age = (own[None, :, None] - topk).float().mean(-1)
    whole = topk[:, : total_q // tile * tile].reshape(heads, -1, tile * TOPK).sort(-1).values
    distinct = 1 + (whole[..., 1:] != whole[..., :-1]).sum(-1)
    full_tile = full[:, : total_q // tile * tile].reshape(heads, -1, tile).all(-1)
    return SelectionStats(
        overlap=torch.where(full_tile, distinct / TOPK, torch.nan).nanmean(-1),
        age=torch.where(full, age, torch.nan).nanmean(-1),
    )
