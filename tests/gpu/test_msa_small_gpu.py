"""Every MSA kernel once, over small ragged batches: what a sanitizer gets through in a minute a kernel.

    SANITIZER=racecheck scripts/gpu tests/gpu/test_msa_small_gpu.py -k "coarse or decode"

SANITIZER is memcheck, racecheck, initcheck or synccheck. Definitions are computed on the CPU, so the tool watches the
kernels alone, and outputs are not filled beforehand. `docs/reference/kernels.md` says what each tool found.
"""

from dataclasses import replace

import pytest
import torch

from kernels.cases import Batch, Shape, make_batch, relative_error, wrong_rows
from kernels.msa import (
    BlocksAttend,
    BoundedIndex,
    CoarseIndex,
    CoarseKeys,
    FusedIndex,
    RowsAttend,
    ScoredIndex,
    build_coarse,
    decode_attn,
    decode_index,
    prefill_attn,
    prefill_index,
)
from kernels.msa.attend import naive as attend
from kernels.msa.cache import naive as cache
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.decode import naive as decode
from kernels.msa.index import naive as index
from kernels.msa.index.coarse import naive as coarse_keys

pytestmark = pytest.mark.gpu

BF16, FP8 = torch.bfloat16, torch.float8_e4m3fn
PREFILL = {
    "TP1": Shape(q_lens=[9, 20], prefix_lens=[2600, 120], heads=4, dtype=BF16, padding=2),
    "TP2": Shape(q_lens=[37, 0, 60, 9], prefix_lens=[3924, 5, 0, 2175], heads=2, dtype=BF16, padding=3),
    "TP8": Shape(q_lens=[40, 30], prefix_lens=[3000, 0], heads=1, group=8, dtype=BF16, shared_blocks=2),
}
DECODE = {
    "TP1": Shape(q_lens=[1] * 4, prefix_lens=[4089, 127, 2499, 0], heads=4, dtype=BF16, spare_blocks=50),
    "TP1 with drafts": Shape(q_lens=[4] * 2, prefix_lens=[5000, 2500], heads=4, dtype=BF16),
    "TP4": Shape(q_lens=[1] * 5, prefix_lens=[6000, 127, 2048, 1, 0], heads=1, dtype=BF16, shared_blocks=1),
    "TP4 with drafts": Shape(q_lens=[4] * 3, prefix_lens=[34_000, 2046, 2500], heads=1, dtype=BF16),
    "TP8": Shape(q_lens=[1] * 2, prefix_lens=[5000, 20_000], heads=1, group=8, dtype=BF16),
}
ROWS_PLANS = [
    RowsAttend(),
    RowsAttend(programs=1, keys=128, warps=8),
    RowsAttend(programs=48, keys=128),
    RowsAttend(programs=999, keys=32, tma=0),
]
COARSE_PLANS = [
    CoarseIndex(),
    CoarseIndex(programs=1056, registers=64, rescore_programs=264, rescore_registers=96, late=1),
    CoarseIndex(rescore_programs=528, rescore_registers=128, late=2),
]
TRITON_PLANS = [
    BlocksAttend(overlapped=0),
    BlocksAttend(overlapped=0, aside=0, rows_near=64, item=16, dense_tokens=4096),
    BlocksAttend(overlapped=0, dense_rows=128, dense_warps=8, dense_stages=2, rows_near=128),
]
HOPPER_PLANS = [
    BlocksAttend(),
    BlocksAttend(dense_programs=7, dense_more=2, combine_ahead=16),
    BlocksAttend(dense_programs=1, dense_more=9, dense_tokens=4096, combine_ahead=1),
]

shapes_of_prefill = pytest.mark.parametrize("shape", PREFILL.values(), ids=PREFILL.keys())
shapes_of_decode = pytest.mark.parametrize("shape", DECODE.values(), ids=DECODE.keys())
caches = pytest.mark.parametrize("dtype", [BF16, FP8], ids=["bf16", "fp8"])


def made(shape: Shape, dtype: torch.dtype = BF16) -> tuple[Batch, Batch]:
    """A batch on the GPU over caches of `dtype`, and the same values on the CPU for the definition."""
    wide = make_batch(shape, seed=90)
    narrow = replace(wide, kv=wide.kv.to(dtype), idx_k=wide.idx_k.to(dtype))
    wide = replace(wide, kv=narrow.kv.to(BF16), idx_k=narrow.idx_k.to(BF16))
    names = ("q", "kv", "idx_q", "idx_k", "block_table", "cu_q", "seq_lens", "prefix_lens")
    return Batch(*(getattr(narrow, name).cuda() for name in names)), wide


def made_for_decode(shape: Shape, dtype: torch.dtype = BF16) -> tuple[Batch, Batch]:
    """The same with a padding request at the end: a length of zero, and the table of the one before."""
    batch, wide = made(
        replace(shape, q_lens=[*shape.q_lens, shape.q_lens[0]], prefix_lens=[*shape.prefix_lens, 0]), dtype
    )
    for each in (batch, wide):
        each.seq_lens[-1] = 0
        each.prefix_lens.copy_(each.seq_lens - shape.q_lens[0])
    return batch, wide


@shapes_of_decode
@caches
def test_decode_index(shape: Shape, dtype: torch.dtype) -> None:
    batch, wide = made_for_decode(shape, dtype)
    for plan in (ScoredIndex(), ScoredIndex(tma=0), ScoredIndex(exact=1), ScoredIndex(exact=1, tma=0), None):
        assert wrong_rows(wide, decode_index(*batch.index_args[:5], plan=plan).cpu()) == 0, plan


@shapes_of_decode
@caches
def test_decode_attention(shape: Shape, dtype: torch.dtype) -> None:
    """Each plan twice: counters of joined splits must be zero again after a call."""
    batch, wide = made_for_decode(shape, dtype)
    topk = decode.decode_index(*wide.index_args[:5])
    want = decode.decode_attn(*wide.attn_args(topk)[:6])
    for plan in (*ROWS_PLANS, *ROWS_PLANS, None):
        out = decode_attn(*batch.attn_args(topk.cuda())[:6], plan=plan)
        assert relative_error(out.cpu(), want) < 3e-3, plan


@shapes_of_decode
@caches
@pytest.mark.parametrize("plan", COARSE_PLANS, ids=["few programs", "many programs", "many registers"])
def test_coarse_decode_index(shape: Shape, dtype: torch.dtype, plan: CoarseIndex) -> None:
    batch, wide = made_for_decode(shape, dtype)
    coarse = build_coarse(batch.idx_k)
    for _ in range(2):
        topk = decode_index(*batch.index_args[:5], coarse=coarse, plan=plan)
        assert wrong_rows(wide, topk.cpu()) == 0


@shapes_of_decode
@caches
@pytest.mark.parametrize("fill", [0x3F, 0x7F, 0xFF], ids=hex)
def test_decode_does_not_depend_on_what_is_in_scratch(shape: Shape, dtype: torch.dtype, fill: int) -> None:
    """Scores and bounds past a row's last block are read, then thrown away: initcheck reports them."""
    batch, _ = made_for_decode(shape, dtype)
    coarse = build_coarse(batch.idx_k)
    workspace = torch.empty(1 << 28, dtype=torch.uint8, device="cuda")
    plans: list[CoarseIndex | ScoredIndex] = [*COARSE_PLANS, ScoredIndex()]
    for plan in plans:
        want = decode_index(*batch.index_args[:5], coarse=coarse, plan=plan)
        got = decode_index(*batch.index_args[:5], coarse=coarse, plan=plan, workspace=workspace.fill_(fill))
        assert got.equal(want), plan
    for rows_plan in ROWS_PLANS:
        out = decode_attn(*batch.attn_args(want)[:6], plan=rows_plan)
        assert decode_attn(*batch.attn_args(want)[:6], plan=rows_plan, workspace=workspace.fill_(fill)).equal(out)


@shapes_of_prefill
@caches
def test_prefill_index(shape: Shape, dtype: torch.dtype) -> None:
    batch, wide = made(shape, dtype)
    for plan in (FusedIndex(), FusedIndex(programs=1, stages=3), ScoredIndex(), ScoredIndex(tile_rows=64), None):
        assert wrong_rows(wide, prefill_index(*batch.index_args, plan=plan).cpu()) == 0, plan


@shapes_of_prefill
@caches
@pytest.mark.parametrize("overlapped", [0, 1], ids=["Triton", "Hopper"])
def test_bounded_index(shape: Shape, dtype: torch.dtype, overlapped: int) -> None:
    batch, wide = made(shape, dtype)
    for programs in (264, 1):
        plan = BoundedIndex(overlapped=overlapped, programs=programs)
        assert wrong_rows(wide, prefill_index(*batch.index_args, plan=plan).cpu()) == 0, plan


def attention_is_right(shape: Shape, dtype: torch.dtype, plans: list[RowsAttend] | list[BlocksAttend]) -> None:
    """Every plan against the definition; rows of padding are zero."""
    batch, wide = made(shape, dtype)
    topk = index.prefill_index(*wide.index_args)
    want = attend.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    for plan in plans:
        out = prefill_attn(*batch.attn_args(topk.cuda()), plan=plan).cpu()
        assert relative_error(out, want) < 3e-3, plan
        assert not out[int(wide.cu_q[-1]) :].any()


@shapes_of_prefill
@caches
def test_attention_row_by_row(shape: Shape, dtype: torch.dtype) -> None:
    attention_is_right(shape, dtype, ROWS_PLANS)


@shapes_of_prefill
@caches
def test_attention_by_blocks_in_triton(shape: Shape, dtype: torch.dtype) -> None:
    attention_is_right(shape, dtype, TRITON_PLANS)


@shapes_of_prefill
def test_attention_by_blocks_on_hopper(shape: Shape) -> None:
    attention_is_right(shape, BF16, HOPPER_PLANS)


@shapes_of_prefill
def test_attention_over_a_copy_of_fp8_pages(shape: Shape) -> None:
    attention_is_right(shape, FP8, [replace(plan, widened=1) for plan in (*HOPPER_PLANS, TRITON_PLANS[0])])


@pytest.mark.parametrize("kept", ["bf16", "bf16 with coarse keys", "fp8", "fp8 with coarse keys"])
def test_cache_insert(kept: str) -> None:
    rows, pages, heads = 70, 2, 2
    dtype = FP8 if kept.startswith("fp8") else BF16
    new = Projections(*(torch.randn(rows, n, 128).to("cuda", BF16) for n in (32, heads, heads, heads, 1)))
    weights = NormWeights(*(0.3 * torch.randn(128).to("cuda", BF16) for _ in range(4)))
    slots = torch.randperm(pages * 128)[:rows]
    slots[::7] = -1
    idx_k = torch.zeros(pages, 128, 128).to("cuda", dtype)
    kv = torch.zeros(pages, heads, 128, 256).to("cuda", dtype)
    got = Caches(kv=kv, idx_k=idx_k, coarse=build_coarse(idx_k) if kept.endswith("keys") else None)
    want = Caches(kv=kv.cpu(), idx_k=idx_k.cpu())
    table, positions = cache.rotary_table(4096, device="cpu"), torch.randint(4096, (rows,))
    outs = norm_rope_insert(new, weights, table.cuda(), positions.cuda(), slots.cuda(), got)
    on_cpu = Projections(*(each.cpu() for each in (new.q, new.k, new.v, new.idx_q, new.idx_k)))
    shared = NormWeights(*(each.cpu() for each in (weights.q, weights.k, weights.idx_q, weights.idx_k)))
    wanted = cache.norm_rope_insert(on_cpu, shared, table, positions, slots, want)
    for out, ref in zip((*outs, got.kv, got.idx_k), (*wanted, want.kv, want.idx_k), strict=True):
        assert relative_error(out.cpu().float(), ref.double()) < (1e-2 if dtype == FP8 else 2e-3)
    if got.coarse is not None:
        assert not coarse_keys.broken_tokens(got.idx_k.cpu(), CoarseKeys(got.coarse.pages.cpu())).any()
