# mypy: allow-untyped-defs, allow-incomplete-defs

"""Attention of one new token a request to all of its paged keys, split over the context. The definition is `naive.py`.

    o = sum_t exp2(s_t - m) v_t / l,   s_t = q . k_t * scale * log2(e),   m = max s,   l = sum exp2(s_t - m)

The grid depends on shapes alone, so a captured graph replays at any length. Numerics: products of 16-bit values, sums
in float32; `launch.py` joins the splits.
"""

import triton
import triton.language as tl


@triton.jit
def split_kernel(
    p_q, p_kv, p_table, p_lens, p_part, p_lse, table_stride, scale_log2,
    H: tl.constexpr, G: tl.constexpr, GP: tl.constexpr, DIM: tl.constexpr, BLOCK: tl.constexpr, SPLITS: tl.constexpr,
):  # fmt: skip
    """Program (request, KV head, split): its part's output [G, DIM] and log2 of its sum of weights [G]."""
    i_row, i_split = tl.program_id(0) // SPLITS, tl.program_id(0) % SPLITS
    i_b, i_h = (i_row // H).to(tl.int64), i_row % H
    n_keys = tl.load(p_lens + i_b)
    n_blocks = (n_keys + BLOCK - 1) // BLOCK
    o_g, o_d, o_n = tl.arange(0, GP), tl.arange(0, DIM), tl.arange(0, BLOCK)
    m_g = (o_g < G)[:, None]
    b_q = tl.load(p_q + (i_row.to(tl.int64) * G + o_g)[:, None] * DIM + o_d[None, :], mask=m_g, other=0.0)
    b_m = tl.full([GP], -float("inf"), tl.float32)
    b_l = tl.zeros([GP], tl.float32)
    b_acc = tl.zeros([GP, DIM], tl.float32)
    for i_block in tl.range(i_split * n_blocks // SPLITS, (i_split + 1) * n_blocks // SPLITS, num_stages=2):
        i_page = tl.load(p_table + i_b * table_stride + i_block).to(tl.int64)
        p_key = p_kv + ((i_page * H + i_h) * BLOCK + o_n)[:, None] * (2 * DIM) + o_d[None, :]
        b_s = tl.dot(b_q, tl.trans(tl.load(p_key))) * scale_log2
        b_s = tl.where((i_block * BLOCK + o_n < n_keys)[None, :], b_s, -float("inf"))
        b_top = tl.maximum(b_m, tl.max(b_s, 1))
        b_p = tl.exp2(b_s - b_top[:, None])
        b_decay = tl.exp2(b_m - b_top)
        b_l = b_l * b_decay + tl.sum(b_p, 1)
        b_v = tl.load(p_key + DIM)
        b_acc = tl.dot(b_p.to(b_v.dtype), b_v, b_acc * b_decay[:, None])
        b_m = b_top
    o_part = tl.program_id(0).to(tl.int64) * G + o_g
    b_o = b_acc / tl.where(b_l > 0.0, b_l, 1.0)[:, None]
    tl.store(p_part + o_part[:, None] * DIM + o_d[None, :], b_o, mask=m_g)
    tl.store(p_lse + o_part, b_m + tl.log2(tl.where(b_l > 0.0, b_l, 1.0)), mask=o_g < G)
