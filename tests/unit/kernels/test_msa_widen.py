"""Copies of fp8 pages in 16 bits, in Triton's interpreter."""

from dataclasses import replace

import pytest
import torch

from kernels.cases import Batch, Shape, in_fp8, make_batch, relative_error
from kernels.msa import BlocksAttend, BoundedIndex, WorkspaceTooSmall, prefill_attn, prefill_index
from kernels.msa.attend import naive as attend
from kernels.msa.device import Gpu
from kernels.msa.dispatch import choose
from kernels.msa.index import naive as index
from kernels.msa.widen import WideCopy, copy_pieces, widen_pages

FP8 = torch.float8_e4m3fn
RAGGED = Shape(q_lens=[3, 0, 5, 20], prefix_lens=[2300, 0, 2100, 0], heads=2, padding=3, shared_blocks=2)


def copied(cache: torch.Tensor, batch: Batch, dtype: torch.dtype = torch.float16) -> WideCopy:
    """A copy whose pages were infinite before."""
    (pages, _), (table, _) = copy_pieces(cache, batch.block_table, dtype)
    copy = WideCopy(torch.full(pages, torch.inf, dtype=dtype), torch.full(table, 12345, dtype=torch.int32))
    widen_pages(cache, batch.block_table, batch.seq_lens, copy)
    return copy


@pytest.mark.parametrize("name", ["kv", "idx_k"])
def test_a_copy_holds_the_pages_of_each_request(name: str) -> None:
    """Shared ones twice; of a wide table, and of a request of length 0, nothing is read or written."""
    batch, wide = in_fp8(make_batch(replace(RAGGED, spare_blocks=3), seed=1))
    copy = copied(getattr(batch, name), batch)
    requests, blocks = batch.block_table.shape
    assert copy.table.tolist() == torch.arange(requests * blocks).view(requests, blocks).tolist()
    for i_request, n_keys in enumerate(batch.seq_lens.tolist()):
        used = -(-n_keys // 128)
        pages = copy.pages[copy.table[i_request].long()]
        assert pages[:used].equal(getattr(wide, name)[batch.block_table[i_request, :used].long()])
        assert pages[used:].isinf().all()


def test_every_finite_value_is_copied_exactly() -> None:
    codes = torch.arange(256, dtype=torch.uint8).view(FP8)
    finite = codes[codes.float().isfinite()]
    batch = make_batch(Shape(q_lens=[1], prefix_lens=[100]), seed=2)
    cache = finite.repeat(-(-128 * 128 // len(finite)))[: 128 * 128].view(1, 128, 128)
    batch.block_table.zero_()
    assert copied(cache, batch).pages[0].float().equal(cache[0].float())


def room_of(batch: Batch, topk: torch.Tensor, plan: BlocksAttend) -> int:
    """Bytes of scratch that a call takes."""
    with pytest.raises(WorkspaceTooSmall) as asked:
        prefill_attn(*batch.attn_args(topk), plan=plan, workspace=torch.empty(0, dtype=torch.uint8))
    return asked.value.needed_bytes


@pytest.mark.parametrize("plan", [BlocksAttend(widened=1), BoundedIndex(tile_rows=16, programs=2)])
def test_an_empty_cache_serves_rows_that_no_request_owns(plan: BlocksAttend | BoundedIndex) -> None:
    batch, _ = in_fp8(make_batch(Shape(q_lens=[0], prefix_lens=[0], padding=3), seed=4), FP8)
    batch = replace(batch, kv=batch.kv[:0], idx_k=batch.idx_k[:0])
    if isinstance(plan, BoundedIndex):
        assert (prefill_index(*batch.index_args, plan=plan) == -1).all()
    else:
        assert not prefill_attn(*batch.attn_args(torch.full((1, 3, 16), -1, dtype=torch.int32)), plan=plan).any()


PLANS = [
    BlocksAttend(widened=1),
    BlocksAttend(widened=1, aside=0, rows_near=64, item=16, dense_tokens=4096),
]


@pytest.mark.parametrize("plan", PLANS)
def test_attention_over_a_copy_is_attention_over_a_cache_of_16_bits(plan: BlocksAttend) -> None:
    """Bit for bit; over a cache of 16 bits the plan takes no room for a copy."""
    batch, wide = in_fp8(make_batch(RAGGED, seed=3))
    topk = index.prefill_index(*wide.index_args)
    assert room_of(wide, topk, plan) == room_of(wide, topk, replace(plan, widened=0))
    assert room_of(batch, topk, plan) >= room_of(wide, topk, plan) + batch.block_table.numel() * 2 * wide.kv[0].numel()
    out = prefill_attn(*batch.attn_args(topk), plan=plan, out=torch.full_like(batch.q, torch.nan))
    assert out.equal(prefill_attn(*wide.attn_args(topk), plan=replace(plan, widened=0)))
    assert out.equal(prefill_attn(*wide.attn_args(topk), plan=plan))
    want = attend.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    assert relative_error(out, want) < 2e-3


H200 = Gpu("NVIDIA H200", sms=132, chained=True, hopper=True)


@pytest.mark.parametrize(
    ("rows", "context", "copies"), [(8192, 32, True), (1793, 32, True), (8192, 33, False), (1792, 16, False)]
)
@pytest.mark.parametrize("blocks", [64, 512, 2048])
def test_an_h200_copies_where_new_tokens_are_many_for_each_page(
    rows: int, context: int, blocks: int, copies: bool
) -> None:
    plan = choose("prefill_attn", H200, rows, blocks, cache_bytes=1, context=context)
    assert (isinstance(plan, BlocksAttend) and bool(plan.widened)) == copies
    wide = choose("prefill_attn", H200, rows, blocks, cache_bytes=2, context=context)
    assert not (isinstance(wide, BlocksAttend) and wide.widened)
    if copies and isinstance(plan, BlocksAttend):
        assert replace(plan, widened=0) == wide
