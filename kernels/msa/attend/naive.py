"""The definition of attention over selected blocks, in plain torch.

    o[i] = softmax over t in the selected blocks, t <= p, of (q[i] . k[t] / sqrt(128))  times  v[t]

Query head i reads KV head i // G, and the selection of index head i // G.
"""

import torch

from kernels.msa.layout import BLOCK, DIM


def attend_request(
    q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor, block_table: torch.Tensor, prefix_len: int
) -> torch.Tensor:
    """Attention of one request's new tokens.

    Args:
        q: `[q_len, Hq, 128]`.
        kv: `[pages, H, 128, 256]`.
        topk: `[H, q_len, 16]` int32.
        block_table: `[max_blocks]` int32.
        prefix_len: position of the first new token.

    Returns:
        `[q_len, Hq, 128]` float64; zero where a row selects nothing.
    """
    q_len, heads = q.shape[0], kv.shape[1]
    n_blocks = -(-(prefix_len + q_len) // BLOCK)
    # the pages side by side: [H, blocks * 128, 256]
    pages = kv[block_table[:n_blocks].long()].double().transpose(0, 1).flatten(1, 2)
    key, value = pages[..., :DIM], pages[..., DIM:]
    chosen = torch.zeros(heads, q_len, n_blocks + 1, dtype=torch.bool, device=q.device)
    chosen.scatter_(-1, topk.long().masked_fill(topk < 0, n_blocks), value=True)
    position = prefix_len + torch.arange(q_len, device=q.device)
    visible = chosen[..., :n_blocks].repeat_interleave(BLOCK, -1)
    visible = visible & (torch.arange(n_blocks * BLOCK, device=q.device)[None, :] <= position[:, None])
    scores = torch.einsum("qhgd,hnd->hgqn", q.double().unflatten(1, (heads, -1)), key) / DIM**0.5
    weights = scores.masked_fill(~visible[:, None], -torch.inf).softmax(-1).nan_to_num(0.0)
    return torch.einsum("hgqn,hnd->qhgd", weights, value).flatten(1, 2)


def prefill_attn(
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
) -> torch.Tensor:
    """Attention of every row of a ragged batch; layouts as in `kernels.msa.layout`.

    Returns:
        `[total_q, Hq, 128]` float64; zero for padding rows.
    """
    out = torch.zeros(q.shape, dtype=torch.float64, device=q.device)
    for i_request in range(block_table.shape[0]):
        lo, hi = int(cu_q[i_request]), int(cu_q[i_request + 1])
        if lo < hi and int(prefix_lens[i_request]) >= 0:
            rows = attend_request(q[lo:hi], kv, topk[:, lo:hi], block_table[i_request], int(prefix_lens[i_request]))
            out[lo:hi] = rows
    return out
