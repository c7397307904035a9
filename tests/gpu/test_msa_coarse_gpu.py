"""The bounded selections on a real GPU: block for block those of the kernels that score every key in bf16.

Run by `scripts/gpu`.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from kernels.cases import Batch, Shape, make_batch, wrong_rows
from kernels.msa import (
    BoundedIndex,
    CoarseIndex,
    ScoredIndex,
    build_coarse,
    decode_index,
    prefill_attn,
    prefill_index,
)
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.naive import rotary_table
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.index.coarse import naive

pytestmark = pytest.mark.gpu

DECODE = {
    "TP1": Shape(q_lens=[1] * 4, prefix_lens=[4089, 127, 2499, 0], heads=4, dtype=torch.bfloat16, spare_blocks=50),
    "TP1 with drafts": Shape(q_lens=[4] * 2, prefix_lens=[9_000, 2500], heads=4, dtype=torch.bfloat16),
    "TP4 with drafts": Shape(q_lens=[4] * 3, prefix_lens=[12_000, 2046, 2500], heads=1, dtype=torch.bfloat16),
    "TP8": Shape(q_lens=[1] * 2, prefix_lens=[5000, 20_000], heads=1, group=8, dtype=torch.bfloat16),
}
PREFILL = {
    "ragged": Shape(q_lens=[77, 0, 640, 129], prefix_lens=[3924, 0, 0, 2175], heads=4, dtype=torch.bfloat16, padding=3),
    "long": Shape(q_lens=[300], prefix_lens=[9_000], heads=4, dtype=torch.bfloat16),
    "TP4": Shape(q_lens=[700, 5], prefix_lens=[1900, 4_500], heads=1, dtype=torch.bfloat16, shared_blocks=4),
}
FP8 = torch.float8_e4m3fn
COARSE = [
    CoarseIndex(),
    CoarseIndex(programs=1056, registers=64, rescore_programs=264, rescore_registers=96, late=1),
    CoarseIndex(rescore_programs=528, rescore_registers=128, late=2),
]
KEYS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "Gaussian": lambda k: k,
    "heavy tails": lambda k: k * k.abs(),
    "one large channel": lambda k: k * (1 + 19 * (torch.arange(128, device=k.device) == 7)),
    "much alike": lambda k: 4 + 0.05 * k,
}


def cases(name: str, values: dict[str, Shape]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, values.values(), ids=values.keys())


def with_keys(batch: Batch, change: Callable[[torch.Tensor], torch.Tensor]) -> Batch:
    return replace(batch, idx_k=change(batch.idx_k.float()).bfloat16())


def check_decode(batch: Batch, wide: Batch) -> None:
    """The plans, the whole and its coarse keys, over `batch`; `wide` has the same values for the definition."""
    coarse = build_coarse(batch.idx_k)
    want = decode_index(*batch.index_args[:5], plan=ScoredIndex(exact=1)).sort(-1).values
    for plan in COARSE:
        out = torch.full_like(want, 12345)
        decode_index(*batch.index_args[:5], coarse=coarse, out=out, plan=plan, debug=True)
        assert out.sort(-1).values.equal(want), plan
        assert wrong_rows(wide, out) == 0, plan


@cases("shape", DECODE)
@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS.keys())
def test_decode(shape: Shape, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    batch = with_keys(make_batch(shape, seed=70, device="cuda"), change)
    check_decode(batch, batch)


@cases("shape", DECODE)
@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("queries", [FP8, torch.bfloat16], ids=["fp8 queries", "bf16 queries"])
def test_decode_over_fp8_keys(
    shape: Shape, change: Callable[[torch.Tensor], torch.Tensor], queries: torch.dtype
) -> None:
    batch = with_keys(make_batch(shape, seed=74, device="cuda"), change)
    narrow = replace(batch, idx_k=batch.idx_k.to(FP8), idx_q=batch.idx_q.to(FP8).to(queries))
    check_decode(narrow, replace(batch, idx_k=narrow.idx_k.bfloat16(), idx_q=narrow.idx_q.bfloat16()))


def test_a_key_that_is_no_number_is_always_open() -> None:
    keys = torch.randn(2, 128, 128, device="cuda").to(FP8)
    keys.view(torch.uint8)[1, 5, 9] = 0x7F
    error = naive.unpack(build_coarse(keys))[2]
    assert error.isinf().nonzero().tolist() == [[1, 5]]


@cases("shape", PREFILL)
@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS.keys())
def test_prefill(shape: Shape, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    batch = with_keys(make_batch(shape, seed=71, device="cuda"), change)
    out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32, device="cuda")
    prefill_index(*batch.index_args, out=out, plan=BoundedIndex())
    assert out.sort(-1).values.equal(prefill_index(*batch.index_args, plan=ScoredIndex()).sort(-1).values)
    assert wrong_rows(batch, out) == 0


def test_a_captured_decode_replays_at_other_lengths() -> None:
    shape = Shape(q_lens=[1] * 3, prefix_lens=[9000, 6000, 5000], heads=4, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=72, device="cuda")
    coarse = build_coarse(batch.idx_k)

    def step() -> torch.Tensor:
        return decode_index(*batch.index_args[:5], coarse=coarse, plan=CoarseIndex())

    step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        topk = step()
    for lens in ([9001, 6001, 5001], [1, 2049, 300], [7000, 0, 2048], [0, 0, 0]):
        batch.seq_lens.copy_(torch.tensor(lens, dtype=torch.int32))
        graph.replay()
        assert wrong_rows(replace(batch, prefix_lens=batch.seq_lens - 1), topk) == 0, lens


@pytest.mark.filterwarnings("ignore:.*[Ss]ynchronization debug mode:UserWarning")
def test_no_call_waits_for_the_gpu_and_results_repeat() -> None:
    decoding = make_batch(DECODE["TP1 with drafts"], seed=73, device="cuda")
    prompt = make_batch(PREFILL["long"], seed=73, device="cuda")
    narrow = replace(decoding, idx_k=decoding.idx_k.to(FP8))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        decoded = [
            [decode_index(*batch.index_args[:5], coarse=coarse, plan=plan) for _ in range(3)]
            for batch, coarse in [(batch, build_coarse(batch.idx_k)) for batch in (decoding, narrow)]
            for plan in COARSE
        ]
        prefilled = [prefill_index(*prompt.index_args, plan=BoundedIndex()) for _ in range(3)]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(topk.equal(same[0]) for same in decoded for topk in same)
    assert all(topk.equal(prefilled[0]) for topk in prefilled)


@pytest.mark.parametrize("overlapped", [1, 0], ids=["Hopper's kernel", "Triton's kernel"])
@pytest.mark.parametrize("change", [*KEYS.values(), torch.round], ids=[*KEYS.keys(), "small integers"])
def test_a_long_prompt_gets_the_same_order_and_attention_every_time(
    change: Callable[[torch.Tensor], torch.Tensor], overlapped: int
) -> None:
    """Open blocks are listed and scored in any order; neither the ids' places nor attention's sums may show it."""
    shape = Shape(q_lens=[2000, 40], prefix_lens=[40_000, 9_000], heads=2, dtype=torch.bfloat16)
    batch = with_keys(make_batch(shape, seed=79, device="cuda"), change)
    batch = replace(batch, idx_q=(2 * batch.idx_q).round())
    plan = BoundedIndex(overlapped=overlapped)
    first = prefill_index(*batch.index_args, plan=plan)
    out = prefill_attn(*batch.attn_args(first))
    for _ in range(5):
        again = prefill_index(*batch.index_args, plan=plan)
        assert again.equal(first)
        assert prefill_attn(*batch.attn_args(again)).equal(out)


@pytest.mark.parametrize("dtype", [torch.bfloat16, FP8], ids=["bf16", "fp8"])
def test_the_insert_writes_coarse_keys(dtype: torch.dtype) -> None:
    rows, pages, heads = 300, 5, 4
    new = Projections(*(torch.randn(rows, n, 128, device="cuda").bfloat16() for n in (64, heads, heads, heads, 1)))
    weights = NormWeights(*(0.3 * torch.randn(128, device="cuda").bfloat16() for _ in range(4)))
    idx_k = torch.zeros(pages, 128, 128, device="cuda").to(dtype)
    kv = torch.zeros(pages, heads, 128, 256, device="cuda").to(dtype)
    caches = Caches(kv=kv, idx_k=idx_k, coarse=build_coarse(idx_k))
    slots = torch.randperm(pages * 128, device="cuda")[:rows]
    norm_rope_insert(new, weights, rotary_table(512, device="cuda"), torch.arange(rows, device="cuda"), slots, caches)
    assert caches.coarse is not None
    assert not naive.broken_tokens(caches.idx_k, caches.coarse).any()
    assert caches.coarse.pages.equal(build_coarse(caches.idx_k).pages)
