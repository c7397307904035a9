"""The definition of decode: prefill whose new tokens are the last ones of each request.

Every request has the same number of new tokens, `q_len = total_q / requests`: one, or one plus the drafts under
check. Each row has its own selection. A request of `seq_len` 0 is padding: it selects nothing, its output is zero.
"""

import torch

from kernels.msa.attend import naive as attend
from kernels.msa.index import naive as index


def prefix_of(cu_q: torch.Tensor, seq_lens: torch.Tensor) -> torch.Tensor:
    """Position of each request's first new token; negative for a padding request."""
    return (seq_lens - (cu_q[1:] - cu_q[:-1])).int()


def decode_index(
    idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor, seq_lens: torch.Tensor
) -> torch.Tensor:
    """Selection `[H, total_q, 16]` int32; layouts as in `kernels.msa.layout`."""
    return index.prefill_index(idx_q, idx_k, block_table, cu_q, seq_lens, prefix_of(cu_q, seq_lens))


def decode_attn(
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
) -> torch.Tensor:
    """Attention `[total_q, Hq, 128]` float64; layouts as in `kernels.msa.layout`."""
    return attend.prefill_attn(q, kv, topk, block_table, cu_q, prefix_of(cu_q, seq_lens))
