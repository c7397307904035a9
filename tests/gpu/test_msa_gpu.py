"""The MSA kernels on a real GPU: bf16 and fp8, every plan, graphs, determinism. Run by `scripts/gpu`."""

from dataclasses import fields, replace

import pytest
import torch

from kernels.cases import Batch, Shape, in_fp8, make_batch, relative_error, wrong_rows
from kernels.msa import (
    BlocksAttend,
    BoundedIndex,
    Caches,
    FusedIndex,
    NormWeights,
    Projections,
    RowsAttend,
    ScoredIndex,
    build_coarse,
    decode_attn,
    decode_index,
    norm_rope_insert,
    prefill_attn,
    prefill_index,
    selection_stats,
)
from kernels.msa.attend import naive as attend
from kernels.msa.cache import naive as cache
from kernels.msa.decode import naive as decode
from kernels.msa.index import naive as index
from kernels.msa.widen import WideCopy, copy_pieces, widen_pages

pytestmark = pytest.mark.gpu

FP8 = torch.float8_e4m3fn
INDEX_PLANS: list[FusedIndex | ScoredIndex | None] = [
    FusedIndex(),
    FusedIndex(programs=1, stages=3),
    ScoredIndex(),
    ScoredIndex(tile_rows=64),
    None,
]
COPYING = [
    BlocksAttend(widened=1),
    BlocksAttend(widened=1, dense_programs=16, dense_tokens=4096, combine_ahead=4),
    BlocksAttend(widened=1, overlapped=0, aside=0),
]
ATTN_PLANS: list[RowsAttend | BlocksAttend | None] = [
    RowsAttend(),
    RowsAttend(programs=1),
    RowsAttend(keys=32, tma=0),
    BlocksAttend(),
    BlocksAttend(aside=0, rows_near=64, item=16),
    BlocksAttend(overlapped=0, dense_tokens=4096),
    BlocksAttend(dense_programs=7, dense_more=2, combine_ahead=16),
    BlocksAttend(dense_programs=1, dense_more=9, dense_tokens=4096, combine_ahead=1),
    BlocksAttend(dense_rows=128, dense_warps=8, dense_stages=2, dense_tokens=3000, rows_near=128),
    *COPYING,
    None,
]
DECODE_INDEX_PLANS = [ScoredIndex(), ScoredIndex(tma=0), ScoredIndex(exact=1), ScoredIndex(exact=1, tma=0), None]
DECODE_PLANS = [
    RowsAttend(),
    RowsAttend(programs=1, keys=128, warps=8),
    RowsAttend(programs=48, keys=128),
    RowsAttend(programs=999, keys=32, tma=0),
    None,
]
PREFILL = {
    "TP1": Shape(q_lens=[77, 0, 640, 129], prefix_lens=[3924, 0, 0, 2175], heads=4, dtype=torch.bfloat16, padding=3),
    "TP2": Shape(q_lens=[300], prefix_lens=[9000], heads=2, dtype=torch.bfloat16),
    "TP4": Shape(q_lens=[700, 5], prefix_lens=[1900, 4500], heads=1, dtype=torch.bfloat16, shared_blocks=4),
    "TP8": Shape(q_lens=[200], prefix_lens=[3000], heads=1, group=8, dtype=torch.bfloat16),
}
DECODE = {
    "TP1": Shape(q_lens=[1] * 4, prefix_lens=[4089, 127, 2499, 0], heads=4, dtype=torch.bfloat16, spare_blocks=50),
    "TP4 with drafts": Shape(q_lens=[4] * 3, prefix_lens=[40_000, 2046, 2500], heads=1, dtype=torch.bfloat16),
    "TP8": Shape(q_lens=[1] * 2, prefix_lens=[5000, 70_000], heads=1, group=8, dtype=torch.bfloat16),
}


def cases(shapes: dict[str, Shape]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shape", shapes.values(), ids=shapes.keys())


@cases(PREFILL)
@pytest.mark.parametrize("fp8", [False, True])
def test_prefill_index(shape: Shape, fp8: bool) -> None:
    batch = make_batch(shape, seed=20, device="cuda")
    batch, wide = in_fp8(batch) if fp8 else (batch, batch)
    for plan in INDEX_PLANS:
        out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32, device="cuda")
        prefill_index(*batch.index_args, out=out, plan=plan)
        assert wrong_rows(wide, out) == 0, plan


@cases({**PREFILL, "wide table": replace(PREFILL["TP1"], spare_blocks=400)})
@pytest.mark.parametrize("overlapped", [1, 0])
def test_bounded_prefill_index_of_either_kernel(shape: Shape, overlapped: int) -> None:
    """Block for block the selection of the kernel that scores every key; with few rows, over many splits."""
    batch = make_batch(shape, seed=32, device="cuda")
    want = prefill_index(*batch.index_args, plan=ScoredIndex()).sort(-1).values
    for programs in (264, 1):
        plan = BoundedIndex(overlapped=overlapped, programs=programs)
        out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32, device="cuda")
        assert prefill_index(*batch.index_args, out=out, plan=plan).sort(-1).values.equal(want), plan


@cases({**PREFILL, "wide table": replace(PREFILL["TP1"], spare_blocks=400)})
@pytest.mark.parametrize("queries", [FP8, torch.bfloat16], ids=["fp8 queries", "bf16 queries"])
def test_bounded_prefill_index_over_fp8_keys(shape: Shape, queries: torch.dtype) -> None:
    """The selection of the kernel that scores every key of a cache of 16 bits with the same values."""
    batch, wide = in_fp8(make_batch(shape, seed=34, device="cuda"), queries)
    dtype = torch.float16 if queries == FP8 else queries
    same = replace(wide, idx_q=wide.idx_q.to(dtype), idx_k=wide.idx_k.to(dtype))
    want = prefill_index(*same.index_args, plan=ScoredIndex()).sort(-1).values
    for plan in (BoundedIndex(), BoundedIndex(overlapped=0)):
        out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32, device="cuda")
        assert prefill_index(*batch.index_args, out=out, plan=plan).sort(-1).values.equal(want), plan
        assert wrong_rows(wide, out) == 0, plan


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_every_finite_value_is_copied_exactly(dtype: torch.dtype) -> None:
    codes = torch.arange(256, dtype=torch.uint8, device="cuda").view(FP8)
    finite = codes[codes.float().isfinite()]
    batch = make_batch(Shape(q_lens=[9], prefix_lens=[100]), seed=2, device="cuda")
    batch.block_table.zero_()
    cache = finite.repeat(-(-128 * 256 // len(finite)))[: 128 * 256].view(1, 1, 128, 256)
    (pages, _), (table, _) = copy_pieces(cache, batch.block_table, dtype)
    copy = WideCopy(torch.empty(pages, dtype=dtype, device="cuda"), batch.block_table.new_empty(table))
    widen_pages(cache, batch.block_table, batch.seq_lens, copy)
    assert copy.pages[0].float().equal(cache[0].float())


@cases({**PREFILL, "wide table": replace(PREFILL["TP1"], spare_blocks=9)})
def test_attention_over_a_copy_is_attention_over_a_cache_of_16_bits(shape: Shape) -> None:
    batch, wide = in_fp8(make_batch(shape, seed=35, device="cuda"))
    topk = index.prefill_index(*wide.index_args)
    for plan in COPYING:
        out = prefill_attn(*batch.attn_args(topk), out=torch.full_like(batch.q, torch.nan), plan=plan)
        assert out.equal(prefill_attn(*wide.attn_args(topk), plan=plan)), plan


def test_a_captured_prefill_over_fp8_caches_replays_at_other_lengths() -> None:
    q_lens = [2500, 300]

    def made(prefix_lens: list[int], seed: int) -> Batch:
        used = max(-(-(q + prefix) // 128) for q, prefix in zip(q_lens, prefix_lens, strict=True))
        shape = Shape(q_lens, prefix_lens, heads=2, dtype=torch.bfloat16, spare_blocks=44 - used)
        return in_fp8(make_batch(shape, seed, device="cuda"), FP8)[0]

    batch = made([3000, 5000], seed=36)

    def step() -> list[torch.Tensor]:
        topk = prefill_index(*batch.index_args, plan=BoundedIndex())
        return [topk, *(prefill_attn(*batch.attn_args(topk), plan=plan) for plan in COPYING)]

    step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = step()
    for seed, prefix_lens in enumerate(([3000, 5000], [0, 4100], [2999, 0]), start=37):
        load(batch, made(prefix_lens, seed))
        for each in captured:
            each.fill_(-7)
        graph.replay()
        assert all(got.equal(want) for got, want in zip(captured, step(), strict=True)), prefix_lens


@pytest.mark.parametrize("fill", [0x3F, 0xFF])
def test_what_is_in_scratch_beforehand_does_not_matter(fill: int) -> None:
    """Partial outputs that the copy engine writes included, which compute-sanitizer's initcheck does not see."""
    batch = make_batch(replace(PREFILL["TP1"], spare_blocks=9), seed=33, device="cuda")
    workspace = torch.empty(1 << 29, dtype=torch.uint8, device="cuda")
    narrow, _ = in_fp8(batch, FP8)
    want = prefill_index(*narrow.index_args, plan=BoundedIndex())
    got = prefill_index(*narrow.index_args, plan=BoundedIndex(), workspace=workspace.fill_(fill))
    assert got.equal(want)
    for copying in COPYING:
        out = prefill_attn(*narrow.attn_args(want), plan=copying)
        assert prefill_attn(*narrow.attn_args(want), plan=copying, workspace=workspace.fill_(fill)).equal(out), copying
    for plan in [*INDEX_PLANS, BoundedIndex(), BoundedIndex(overlapped=0)]:
        want = prefill_index(*batch.index_args, plan=plan)
        got = prefill_index(*batch.index_args, plan=plan, workspace=workspace.fill_(fill))
        assert got.sort(-1).values.equal(want.sort(-1).values), plan
    for attend_plan in ATTN_PLANS:
        out = prefill_attn(*batch.attn_args(want), plan=attend_plan)
        got = prefill_attn(*batch.attn_args(want), plan=attend_plan, workspace=workspace.fill_(fill))
        assert got.equal(out), attend_plan


@cases(PREFILL)
@pytest.mark.parametrize("fp8", [False, True])
def test_prefill_attention(shape: Shape, fp8: bool) -> None:
    batch = make_batch(shape, seed=21, device="cuda")
    batch, wide = in_fp8(batch) if fp8 else (batch, batch)
    topk = index.prefill_index(*wide.index_args)
    want = attend.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    for plan in ATTN_PLANS:
        out = prefill_attn(*batch.attn_args(topk), out=torch.full_like(batch.q, torch.nan), plan=plan)
        assert relative_error(out, want) < 3e-3, plan
        assert not out[int(batch.cu_q[-1]) :].any()


def test_rows_that_are_all_early_need_no_lists() -> None:
    """The block table holds no more than `dense_tokens`: one kernel serves all rows, another clears the padding."""
    shape = Shape(q_lens=[1000, 0, 1, 333], prefix_lens=[0, 9, 2500, 130], heads=2, dtype=torch.float16, padding=37)
    batch = make_batch(shape, seed=31, device="cuda")
    topk = index.prefill_index(*batch.index_args)
    want = attend.prefill_attn(batch.q, batch.kv, topk, batch.block_table, batch.cu_q, batch.prefix_lens)
    plan = BlocksAttend(dense_programs=5, dense_tokens=4096)
    out = prefill_attn(*batch.attn_args(topk), out=torch.full_like(batch.q, torch.nan), plan=plan)
    assert relative_error(out, want) < 3e-3
    assert not out[int(batch.cu_q[-1]) :].any()


@cases(DECODE)
@pytest.mark.parametrize("fp8", [False, True])
def test_decode(shape: Shape, fp8: bool) -> None:
    batch = make_batch(shape, seed=22, device="cuda")
    batch, wide = in_fp8(batch) if fp8 else (batch, batch)
    topk = decode_index(*batch.index_args[:5])
    assert wrong_rows(wide, topk) == 0
    want = decode.decode_attn(*wide.attn_args(topk)[:6])
    for plan in DECODE_PLANS:
        out = decode_attn(*batch.attn_args(topk)[:6], out=torch.full_like(batch.q, torch.nan), plan=plan)
        assert relative_error(out, want) < 3e-3, plan


def test_a_captured_decode_replays_at_other_lengths() -> None:
    shape = Shape(q_lens=[1] * 3, prefix_lens=[9000, 6000, 5000], heads=4, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=23, device="cuda")

    def step() -> tuple[torch.Tensor, torch.Tensor]:
        topk = decode_index(*batch.index_args[:5])
        return topk, decode_attn(*batch.attn_args(topk)[:6])

    step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        topk, out = step()
    for lens in ([9001, 6001, 5001], [1, 2049, 300], [7000, 0, 2048], [0, 0, 0]):
        batch.seq_lens.copy_(torch.tensor(lens, dtype=torch.int32))
        graph.replay()
        now = replace(batch, prefix_lens=batch.seq_lens - 1)
        assert wrong_rows(now, topk) == 0, lens
        assert relative_error(out, decode.decode_attn(*batch.attn_args(topk)[:6])) < 3e-3, lens


def test_decodes_beside_each_other_join_their_splits_apart() -> None:
    """Two graphs and calls that are not captured, each on a stream of its own, at once."""
    shape = Shape(q_lens=[1] * 8, prefix_lens=[5000, 3000, 9, 4100] * 2, heads=4, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=32, device="cuda")
    topk = decode_index(*batch.index_args[:5])
    plan = RowsAttend(programs=132, keys=128)

    def layers(number: int) -> list[torch.Tensor]:
        return [decode_attn(*batch.attn_args(topk)[:6], plan=plan) for _ in range(number)]

    for _ in range(3):
        (want,) = layers(1)
        torch.cuda.synchronize()
    assert relative_error(want, decode.decode_attn(*batch.attn_args(topk)[:6])) < 3e-3
    graphs = [torch.cuda.CUDAGraph() for _ in range(2)]
    captured = []
    for graph in graphs:
        with torch.cuda.graph(graph):
            captured += layers(30)
    streams = [torch.cuda.Stream() for _ in range(3)]
    for _ in range(20):
        for out in captured:
            out.fill_(torch.nan)
        torch.cuda.synchronize()
        for graph, stream in zip(graphs, streams, strict=False):
            with torch.cuda.stream(stream):
                graph.replay()
        with torch.cuda.stream(streams[2]):
            outs = layers(10)
        torch.cuda.synchronize()
        assert all(out.equal(want) for out in captured + outs)


def test_a_captured_prefill_replays_over_other_values() -> None:
    """Part of it runs on a stream beside the capturing one, in every layer of the graph."""
    shape = Shape(q_lens=[2500, 300], prefix_lens=[0, 5000], heads=2, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=28, device="cuda")
    topk = prefill_index(*batch.index_args)
    plans = [BlocksAttend(), BlocksAttend(dense_programs=20, dense_tokens=4096), None]
    for plan in plans:
        prefill_attn(*batch.attn_args(topk), plan=plan)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outs = [prefill_attn(*batch.attn_args(topk), plan=plan) for plan in plans]
    for seed in (29, 30):
        new = make_batch(shape, seed, device="cuda")
        batch.q.copy_(new.q)
        batch.prefix_lens.copy_(torch.tensor([0, 5000 - seed], dtype=torch.int32))
        topk.copy_(index.prefill_index(*batch.index_args))
        for out in outs:
            out.fill_(torch.nan)
        graph.replay()
        want = attend.prefill_attn(batch.q, batch.kv, topk, batch.block_table, batch.cu_q, batch.prefix_lens)
        for out in outs:
            assert relative_error(out, want) < 3e-3, seed


def load(batch: Batch, new: Batch) -> None:
    """Another batch of the same shapes, where the first lies."""
    for field in fields(Batch):
        getattr(batch, field.name).copy_(getattr(new, field.name))


def test_a_captured_prefill_index_replays_over_other_batches() -> None:
    """Other values, pages, lengths, rows of a request and padding: all that does not change a shape."""
    rows, width = 344, 64
    plans = [*INDEX_PLANS, BoundedIndex(), BoundedIndex(overlapped=0), BoundedIndex(overlapped=0, programs=1)]

    def made(q_lens: list[int], prefix_lens: list[int], seed: int) -> Batch:
        used = max(1, *(-(-(q + prefix) // 128) for q, prefix in zip(q_lens, prefix_lens, strict=True)))
        shape = Shape(
            q_lens, prefix_lens, heads=2, dtype=torch.bfloat16, padding=rows - sum(q_lens), spare_blocks=width - used
        )
        return make_batch(shape, seed, device="cuda")

    batch = made([300, 40], [6000, 2600], seed=40)
    for plan in plans:
        prefill_index(*batch.index_args, plan=plan)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        selections = [prefill_index(*batch.index_args, plan=plan) for plan in plans]
    lengths = [
        ([300, 40], [6000, 2600]), ([1, 300], [2047, 2340]), ([0, 340], [0, 2300]), ([344, 0], [0, 0]),
        ([171, 173], [7900, 100]), ([0, 0], [0, 0]), ([40, 300], [2048, 7000]),
    ]  # fmt: skip
    for seed, (q_lens, prefix_lens) in enumerate(lengths, start=41):
        load(batch, made(q_lens, prefix_lens, seed))
        for topk in selections:
            topk.fill_(12345)
        graph.replay()
        for plan, topk in zip(plans, selections, strict=True):
            assert wrong_rows(batch, topk) == 0, (q_lens, prefix_lens, plan)


def test_results_are_the_same_every_time() -> None:
    """Queries reach their places in the lists in any order; the sums must not show it."""
    shape = Shape(q_lens=[3000], prefix_lens=[5000], heads=4, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=24, device="cuda")
    first = prefill_index(*batch.index_args)
    for plan in (BlocksAttend(), BlocksAttend(dense_programs=20, dense_tokens=4096)):
        out = prefill_attn(*batch.attn_args(first), plan=plan)
        for _ in range(5):
            assert prefill_index(*batch.index_args).equal(first)
            assert prefill_attn(*batch.attn_args(first), plan=plan).equal(out)


@pytest.mark.filterwarnings("ignore:.*[Ss]ynchronization debug mode:UserWarning")
def test_no_call_waits_for_the_gpu() -> None:
    batch = make_batch(PREFILL["TP4"], seed=25, device="cuda")
    decoding = make_batch(DECODE["TP1"], seed=25, device="cuda")
    narrow, _ = in_fp8(decoding)
    narrow_prompt, _ = in_fp8(batch, FP8)
    new, weights, table = insert_operands(300, heads=4)
    positions, slots = torch.arange(300, device="cuda"), torch.arange(300, device="cuda")
    stores = [empty_caches(5, 4, dtype, coarse=coarse) for dtype in (torch.bfloat16, FP8) for coarse in (False, True)]
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for plan in INDEX_PLANS:
            topk = prefill_index(*batch.index_args, plan=plan)
        for attend_plan in ATTN_PLANS:
            prefill_attn(*batch.attn_args(topk), plan=attend_plan)
            prefill_attn(*narrow_prompt.attn_args(topk), plan=attend_plan)
        prefill_index(*narrow_prompt.index_args, plan=BoundedIndex())
        for each in (decoding, narrow):
            for decode_plan in DECODE_INDEX_PLANS:
                topk = decode_index(*each.index_args[:5], plan=decode_plan)
            for rows_plan in DECODE_PLANS:
                decode_attn(*each.attn_args(topk)[:6], plan=rows_plan)
        for store in stores:
            norm_rope_insert(new, weights, table, positions, slots, store)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.filterwarnings("ignore:.*[Ss]ynchronization debug mode:UserWarning")
@pytest.mark.parametrize("tile", [64, 1])
def test_statistics_of_a_selection_do_not_wait_for_the_gpu(tile: int) -> None:
    """And are those that the CPU computes."""
    batch = make_batch(PREFILL["TP1"], seed=26, device="cuda")
    topk = prefill_index(*batch.index_args)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = selection_stats(topk, batch.cu_q, batch.prefix_lens, tile)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    want = selection_stats(topk.cpu(), batch.cu_q.cpu(), batch.prefix_lens.cpu(), tile)
    assert found.overlap.is_cuda
    assert found.overlap.tolist() == pytest.approx(want.overlap.tolist(), nan_ok=True)
    assert found.age.tolist() == pytest.approx(want.age.tolist())


def insert_operands(rows: int, heads: int) -> tuple[Projections, NormWeights, torch.Tensor]:
    """Random projections and norm weights, and the rotary table of 4096 positions."""
    new = Projections(*(torch.randn(rows, n, 128, device="cuda").bfloat16() for n in (64, heads, heads, heads, 1)))
    weights = NormWeights(*(0.3 * torch.randn(128, device="cuda").bfloat16() for _ in range(4)))
    return new, weights, cache.rotary_table(4096, device="cuda")


def empty_caches(pages: int, heads: int, dtype: torch.dtype, *, coarse: bool = False) -> Caches:
    kv = torch.zeros(pages, heads, 128, 256, device="cuda").to(dtype)
    idx_k = torch.zeros(pages, 128, 128, device="cuda").to(dtype)
    return Caches(kv=kv, idx_k=idx_k, coarse=build_coarse(idx_k) if coarse else None)


def check_insert(
    got: Caches, queries: tuple[torch.Tensor, torch.Tensor], want: Caches, wanted: tuple[torch.Tensor, torch.Tensor]
) -> None:
    for out, ref in zip((*queries, got.kv, got.idx_k), (*wanted, want.kv, want.idx_k), strict=True):
        assert relative_error(out.float(), ref.double()) < (1e-2 if got.kv.dtype == FP8 else 2e-3)
    if got.coarse is not None:
        assert got.coarse.pages.equal(build_coarse(got.idx_k).pages)


@pytest.mark.parametrize("cache_dtype", [torch.bfloat16, FP8])
def test_cache_insert(cache_dtype: torch.dtype) -> None:
    rows, pages, heads = 300, 5, 4
    new, weights, table = insert_operands(rows, heads)
    positions = torch.randint(4096, (rows,), device="cuda")
    slots = torch.randperm(pages * 128, device="cuda")[:rows]
    slots[::7] = -1
    got, want = (empty_caches(pages, heads, cache_dtype) for _ in range(2))
    queries = norm_rope_insert(new, weights, table, positions, slots, got)
    check_insert(got, queries, want, cache.norm_rope_insert(new, weights, table, positions, slots, want))


@pytest.mark.parametrize("coarse", [False, True], ids=["keys alone", "coarse keys beside"])
@pytest.mark.parametrize("cache_dtype", [torch.bfloat16, FP8])
def test_a_captured_cache_insert_replays_at_other_places(cache_dtype: torch.dtype, coarse: bool) -> None:
    """Other tokens, positions, slots and padding; what replays before have stored stays."""
    rows, pages, heads = 60, 5, 4
    new, weights, table = insert_operands(rows, heads)
    positions, slots = (torch.arange(rows, device="cuda") for _ in range(2))
    got = empty_caches(pages, heads, cache_dtype, coarse=coarse)
    norm_rope_insert(new, weights, table, positions, slots, got)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        queries = norm_rope_insert(new, weights, table, positions, slots, got)
    want = Caches(kv=got.kv.clone(), idx_k=got.idx_k.clone())
    free = torch.randperm(pages * 128, device="cuda")
    for turn in range(4):
        for field in fields(Projections):
            getattr(new, field.name).normal_()
        positions.random_(4096)
        slots.copy_(free[turn * rows : (turn + 1) * rows])
        slots[turn :: 7 - turn] = -1
        for out in queries:
            out.fill_(torch.nan)
        graph.replay()
        check_insert(got, queries, want, cache.norm_rope_insert(new, weights, table, positions, slots, want))
