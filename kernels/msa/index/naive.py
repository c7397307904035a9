"""The definition of block selection, in plain torch. Slow: it is what the kernels are compared with.

For a query at position p, whose own block is p // 128, and index head h:

    s[h, j] = max over keys t of block j with t <= p of  idx_q[h] . idx_k[t]
    s[h, p // 128] = +inf
    topk[h] = the min(16, p // 128 + 1) blocks of largest s

Source: transformers' `minimax_m3_vl` modelling code; scores are unscaled there, and a positive scale would not
change the order.
"""

import torch

from kernels.msa.layout import BLOCK, TOPK


def block_scores(
    idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, seq_len: int, prefix_len: int
) -> torch.Tensor:
    """Scores of one request's blocks, before the local block is forced.

    Args:
        idx_q: `[q_len, H, 128]`, the request's new tokens.
        idx_k: `[pages, 128, 128]`.
        block_table: `[max_blocks]` int32, the request's pages.
        seq_len: keys, the new tokens included.
        prefix_len: position of the first new token.

    Returns:
        `[H, q_len, ceil(seq_len / 128)]` float64; -inf where no key of the block is visible.
    """
    n_blocks = -(-seq_len // BLOCK)
    keys = idx_k[block_table[:n_blocks].long()].double().flatten(0, 1)
    scores = torch.einsum("qhd,nd->hqn", idx_q.double(), keys)
    position = prefix_len + torch.arange(idx_q.shape[0], device=idx_q.device)
    future = torch.arange(keys.shape[0], device=idx_q.device)[None, :] > position[:, None]
    return scores.masked_fill(future, -torch.inf).unflatten(-1, (n_blocks, BLOCK)).amax(-1)


def select(scores: torch.Tensor, prefix_len: int) -> torch.Tensor:
    """The 16 best blocks of each row, its own block always among them.

    Args:
        scores: `[H, q_len, blocks]` from `block_scores`.
        prefix_len: position of the first row.

    Returns:
        `[H, q_len, 16]` int32, -1 where fewer blocks are visible.
    """
    heads, q_len, n_blocks = scores.shape
    local = (prefix_len + torch.arange(q_len, device=scores.device)) // BLOCK
    forced = scores.scatter(-1, local[None, :, None].expand(heads, -1, 1), torch.inf)
    value, block = forced.topk(min(TOPK, n_blocks), dim=-1)
    block = block.masked_fill(value == -torch.inf, -1)
    return torch.nn.functional.pad(block, (0, TOPK - block.shape[-1]), value=-1).int()


def prefill_index(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
) -> torch.Tensor:
    """Selection of every row of a ragged batch; layouts as in `kernels.msa.layout`.

    Returns:
        `[H, total_q, 16]` int32; -1 for padding rows.
    """
    topk = torch.full((idx_q.shape[1], idx_q.shape[0], TOPK), -1, dtype=torch.int32, device=idx_q.device)
    for i_request in range(block_table.shape[0]):
        lo, hi = int(cu_q[i_request]), int(cu_q[i_request + 1])
        if lo == hi or int(seq_lens[i_request]) == 0:
            continue
        prefix_len = int(prefix_lens[i_request])
        scores = block_scores(idx_q[lo:hi], idx_k, block_table[i_request], int(seq_lens[i_request]), prefix_len)
        topk[:, lo:hi] = select(scores, prefix_len)
    return topk
