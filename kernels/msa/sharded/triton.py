# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""What ranks tell each other about a row, and the selection from it. `README.md` says why it is the whole's.

A key is what `pack` makes of a block's score and its id: keys order blocks as every selection here does. A rank sends
the 16 best keys of its share; `receive_kernel` picks the 16 best of all ranks' and the row's own block.

A mailbox holds one key of one row from one rank, and 0 if it is empty: no key is 0, since no id is 2^31 - 1. Who sends
fills the mailboxes of all ranks, over NVLink, in single stores of 8 bytes; who receives waits until none is
empty, and empties them. So a key is its own signal: no flag, no fence, no second trip.
"""

import triton
import triton.language as tl

from kernels.msa.index.triton import own_of_row, store_selection
from kernels.msa.tiles import chain, pack, unpack_id

NONE = tl.constexpr(-(2**63))
"""Below every key."""
EMPTY = tl.constexpr(0)
"""No key."""


@triton.jit
def send_keys(p_send, p_turn, b_key, i_row, i_rank, n_ranks, n_boxes, PEERS: tl.constexpr, TOPK: tl.constexpr):
    """Hand on a row's 16 best keys [TOPK]: to `send` [rows, TOPK] or, with `turn` [n_boxes], to every rank.

    `send` [n_ranks] are then the addresses of mailboxes [2, n_ranks, n_boxes, TOPK], one set on each rank.
    """
    o_k = tl.arange(0, TOPK)
    if p_turn is None:
        tl.store(p_send + i_row.to(tl.int64) * TOPK + o_k, b_key)
    else:
        # [PEERS, TOPK]
        o_r = tl.arange(0, PEERS)
        b_peer = tl.load(p_send + o_r, mask=o_r < n_ranks, other=0)
        i_turn = tl.load(p_turn + i_row, volatile=True)
        o_box = ((i_turn * n_ranks + i_rank).to(tl.int64) * n_boxes + i_row) * TOPK + o_k
        p_box = b_peer.to(tl.pointer_type(tl.int64))[:, None] + o_box[None, :]
        m_box = tl.broadcast_to((o_r < n_ranks)[:, None], [PEERS, TOPK])
        # An exchange, as it is the only store whose scope Triton lets one choose.
        tl.atomic_xchg(p_box, tl.broadcast_to(b_key[None, :], [PEERS, TOPK]), mask=m_box, sem="relaxed", scope="sys")


@triton.jit
def keys_of_share(b_score, o_block, n_seen, i_rank, n_ranks):
    """Keys of a share's blocks `o_block` out of their scores; none from the `n_seen`-th block on."""
    return tl.where(o_block < n_seen, pack(b_score, o_block * n_ranks + i_rank), NONE)


@triton.jit(do_not_specialize=["i_rank"])
def send_kernel(
    p_score, p_seq_lens, p_send, p_turn, max_blocks, q_len, i_rank, n_ranks, n_boxes,
    H: tl.constexpr, CHUNK: tl.constexpr, PEERS: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Send the 16 best keys of each row's scores [total_q * H, share], CHUNK of which are sorted at a time."""
    chain(PDL)
    i_row = tl.program_id(0)
    n_share = tl.cdiv(max_blocks, n_ranks)
    p_row = p_score + i_row.to(tl.int64) * n_share
    # [CHUNK]: read before the length is known; what lies past it is thrown away
    o_block = tl.arange(0, CHUNK)
    b_score = tl.load(p_row + o_block, mask=o_block < n_share, other=0.0)
    _, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    if i_local < TOPK:
        return
    n_seen = tl.cdiv(i_local - i_rank, n_ranks)
    b_best = tl.topk(keys_of_share(b_score, o_block, n_seen, i_rank, n_ranks), TOPK)
    for i_done in range(CHUNK, n_seen, CHUNK):
        b_score = tl.load(p_row + i_done + o_block, mask=i_done + o_block < n_seen, other=0.0)
        b_key = tl.topk(keys_of_share(b_score, i_done + o_block, n_seen, i_rank, n_ranks), TOPK)
        b_best = tl.topk(tl.reshape(tl.join(b_best, b_key), [2 * TOPK]), TOPK)
    send_keys(p_send, p_turn, b_best, i_row, i_rank, n_ranks, n_boxes, PEERS, TOPK)


@triton.jit
def take_keys(p_key, p_turn, i_row, n_ranks, n_boxes, PEERS: tl.constexpr, TOPK: tl.constexpr):
    """All ranks' keys of a row, [PEERS * TOPK]; with `turn`, once they have come, and their mailboxes are empty again.

    The row's turn passes to its other mailboxes then.
    """
    o_c = tl.arange(0, PEERS * TOPK)
    m_in = o_c < n_ranks * TOPK
    if p_turn is None:
        b_key = tl.load(
            p_key + ((o_c // TOPK).to(tl.int64) * n_boxes + i_row) * TOPK + o_c % TOPK, mask=m_in, other=NONE
        )
    else:
        i_turn = tl.load(p_turn + i_row, volatile=True)
        p_in = p_key + ((i_turn * n_ranks + o_c // TOPK).to(tl.int64) * n_boxes + i_row) * TOPK + o_c % TOPK
        while tl.min((tl.load(p_in, mask=m_in, other=NONE, volatile=True) != EMPTY).to(tl.int32), 0) == 0:
            pass
        # Threads may hold the same key, and one of them says for all that it came: none keeps what it saw. Keys are
        # taken once no warp looks any more, and emptied in the same step.
        tl.debug_barrier()
        b_key = tl.atomic_xchg(p_in, tl.full([PEERS * TOPK], EMPTY, tl.int64), mask=m_in, sem="relaxed", scope="sys")
        b_key = tl.where(m_in, b_key, NONE)
        tl.store(p_turn + i_row, 1 - i_turn)
    return b_key


@triton.jit
def receive_kernel(
    p_key, p_turn, p_seq_lens, p_topk, total_q, q_len, n_ranks, n_boxes,
    H: tl.constexpr, PEERS: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Select from all ranks' keys of a row and its own block; one program a row.

    Only rows of more than 16 blocks have sent any. Of these there are 15 keys at least, so NONE is never selected.
    """
    chain(PDL)
    i_row = tl.program_id(0)
    _, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    o_k = tl.arange(0, TOPK)
    b_id = tl.full([TOPK], -1, tl.int32)
    if i_local >= TOPK:
        # [PEERS * TOPK]: each key counts those that beat it
        b_key = take_keys(p_key, p_turn, i_row, n_ranks, n_boxes, PEERS, TOPK)
        b_own = pack(float("inf") + tl.zeros([PEERS * TOPK], tl.float32), i_local + tl.zeros([PEERS * TOPK], tl.int32))
        b_rank = tl.sum((b_key[None, :] > b_key[:, None]).to(tl.int32), 1) + (b_own > b_key).to(tl.int32)
        i_own = tl.sum((b_key > b_own).to(tl.int32), 0)
        b_id = tl.sum(tl.where(b_rank[:, None] == o_k[None, :], unpack_id(b_key)[:, None], 0), 0)
        b_id = tl.where(o_k == i_own, i_local, b_id)
    store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)
