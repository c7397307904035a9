"""The fixed sizes of MiniMax Sparse Attention and the layouts every operation shares.

    idx_q        [total_q, H, 128]            index queries, H index heads (= KV heads)
    idx_k        [pages, 128, 128]            index keys: one head, shared by all H index heads
    q            [total_q, Hq, 128]           queries; heads h*G .. h*G+G-1 belong to KV head h
    kv           [pages, H, 128, 256]         keys in [..., :128], values in [..., 128:]
    block_table  [requests, max_blocks] int32 page that holds tokens 128*j .. 128*j+127 of a request
    cu_q         [requests + 1] int32         request b owns rows cu_q[b] .. cu_q[b+1]-1
    seq_lens     [requests] int32             keys of a request, the new tokens included
    prefix_lens  [requests] int32             keys that were cached before the new tokens
    topk         [H, total_q, 16] int32       selected blocks, -1 where fewer than 16 are visible

A page is a sparse block: 128 tokens. Rows at and beyond `cu_q[requests]` are padding. In prefill seq_lens are
prefix_lens plus rows; in decode every request has as many rows, and one of length 0 is padding.
"""

from typing import Final

BLOCK: Final = 128
"""Tokens in a sparse block, and in a page."""
DIM: Final = 128
"""Channels of a head, of the main attention and of the index alike."""
TOPK: Final = 16
"""Blocks a query attends to, its own (local) block among them."""
DENSE_TOKENS: Final = TOPK * BLOCK
"""A row at a position below this selects every visible block: its attention is dense."""
MAX_GROUP: Final = 16
"""Most query heads that share a KV head (8 at TP8, where a rank holds half a group)."""
LOG2_E: Final = 1.4426950408889634


def ceil_div(a: int, b: int) -> int:
    """Least integer that is at least `a / b`."""
    return -(-a // b)


def ceil_pow2(n: int) -> int:
    """Least power of two that is at least `n` (1 for n <= 1)."""
    return 1 << max(0, n - 1).bit_length()
