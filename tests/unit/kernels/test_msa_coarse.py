"""The coarse index selects exactly what the index over all keys selects, in Triton's interpreter.

Integer-valued keys make every float sum exact, so selections can be compared block for block, ties included.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from kernels.cases import Batch, Shape, in_fp8, make_batch, wrong_rows
from kernels.msa import (
    CoarseIndex,
    CoarseKeys,
    KernelArgumentError,
    ScoredIndex,
    build_coarse,
    decode_index,
)
from kernels.msa.device import Gpu, Scratch
from kernels.msa.dispatch import choose_coarse
from kernels.msa.index.coarse import launch, naive
from kernels.msa.index.coarse.launch import bound_scores, take_room

pytestmark = pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning", "ignore:invalid value:RuntimeWarning")

FP8 = torch.float8_e4m3fn
PLAN = CoarseIndex(programs=5, rescore_programs=7)
SHAPES = {
    "one token each, a padding request": Shape(q_lens=[1, 1, 0], prefix_lens=[2750, 127, 0]),
    "four heads, exactly and just past sixteen blocks": Shape(q_lens=[1, 1], prefix_lens=[2047, 2048], heads=4),
    "a draft each, across a block": Shape(q_lens=[2, 2], prefix_lens=[2431, 2046], heads=2),
    "shared prefix, wide table": Shape(q_lens=[1, 1], prefix_lens=[2600, 2400], shared_blocks=18, spare_blocks=40),
}


def decoding(shape: Shape, seed: int) -> Batch:
    """A batch for decode: a request without rows becomes a request of length zero with as many rows as the others."""
    q_len = max(shape.q_lens)
    batch = make_batch(replace(shape, q_lens=[q_len] * len(shape.q_lens)), seed)
    for i_request, rows in enumerate(shape.q_lens):
        batch.seq_lens[i_request] *= rows > 0
        batch.prefix_lens[i_request] = batch.seq_lens[i_request] - q_len
    return batch


def with_keys(batch: Batch, change: Callable[[torch.Tensor], torch.Tensor]) -> Batch:
    return replace(batch, idx_k=change(batch.idx_k.float()).half())


def integers(batch: Batch) -> Batch:
    """Keys and queries of small integers: products and sums are exact in any order, and ties abound."""
    return replace(with_keys(batch, lambda k: (2 * k).round()), idx_q=(2 * batch.idx_q.float()).round().half())


def on_a_grid(batch: Batch) -> Batch:
    """Sixteenths: float32 sums are exact. The interpreter's product rounds by a key's place; a GPU's does not."""
    return replace(
        with_keys(batch, lambda k: (16 * k).round() / 16), idx_q=(16 * batch.idx_q.float()).round().half() / 16
    )


def blocks(topk: torch.Tensor) -> list[list[list[int]]]:
    return topk.sort(-1).values.tolist()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_what_the_definition_selects(shape: Shape) -> None:
    batch = on_a_grid(decoding(shape, seed=40))
    coarse = naive.encode(batch.idx_k)
    out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32)
    assert decode_index(*batch.index_args[:5], coarse=coarse, out=out, plan=PLAN) is out
    assert wrong_rows(batch, out, tolerance=1e-3) == 0


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_block_for_block_what_the_index_over_all_keys_selects(shape: Shape) -> None:
    batch = integers(decoding(shape, seed=41))
    got = decode_index(*batch.index_args[:5], coarse=naive.encode(batch.idx_k), plan=PLAN)
    assert blocks(got) == blocks(decode_index(*batch.index_args[:5], plan=ScoredIndex()))


@pytest.mark.parametrize("queries", [FP8, torch.float16], ids=["fp8 queries", "wider queries"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_over_fp8_keys_what_the_index_over_all_of_them_selects(shape: Shape, queries: torch.dtype) -> None:
    batch, wide = in_fp8(on_a_grid(decoding(shape, seed=52)), queries)
    got = decode_index(*batch.index_args[:5], coarse=naive.encode(batch.idx_k), plan=PLAN, debug=True)
    assert wrong_rows(wide, got, tolerance=1e-3) == 0
    batch, _ = in_fp8(integers(decoding(shape, seed=53)), queries)
    got = decode_index(*batch.index_args[:5], coarse=naive.encode(batch.idx_k), plan=PLAN)
    assert blocks(got) == blocks(decode_index(*batch.index_args[:5], plan=ScoredIndex(exact=1)))


def not_numbers(k: torch.Tensor) -> torch.Tensor:
    """Two tokens of each page score NaN."""
    k[:, 5, 9] = torch.nan
    k[:, 77] = torch.nan
    return k


ADVERSARIES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "all keys alike: every block ties": torch.ones_like,
    "all keys zero": torch.zeros_like,
    "every block within the error of every other": lambda k: 60 + (k > 0).float(),
    "one huge channel": lambda k: k.round() + 4096 * (torch.arange(128) == 7),
    "huge in one token of each block": lambda k: k.round() * (1 + 1023 * (torch.arange(128) == 100))[None, :, None],
    "scores all negative": lambda k: -k.abs().round(),
    "tokens that are no numbers": lambda k: not_numbers(k.round()),
}


@pytest.mark.parametrize("change", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_no_keys_make_it_select_other_blocks(change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700], heads=2), seed=42)
    batch = replace(with_keys(batch, change), idx_q=batch.idx_q.abs().round())
    got = decode_index(*batch.index_args[:5], coarse=naive.encode(batch.idx_k), plan=PLAN)
    assert blocks(got) == blocks(decode_index(*batch.index_args[:5], plan=ScoredIndex()))


def test_equal_scores_select_the_lower_blocks() -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700]), seed=43)
    same = replace(batch, idx_k=torch.ones_like(batch.idx_k))
    got = decode_index(*same.index_args[:5], coarse=naive.encode(same.idx_k), plan=PLAN)
    assert blocks(got) == [[[*range(15), 21]]]


def test_more_blocks_than_are_ranked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "RANKED_AT_ONCE", 16)
    batch = integers(decoding(Shape(q_lens=[1, 1], prefix_lens=[4700, 2100]), seed=50))
    alike = with_keys(batch, lambda k: 60 + (k > 0).float())
    got = decode_index(*alike.index_args[:5], coarse=naive.encode(alike.idx_k), plan=PLAN)
    assert blocks(got) == blocks(decode_index(*alike.index_args[:5], plan=ScoredIndex()))


@pytest.mark.parametrize(("scale", "fp8"), [(1.0, False), (1e-6, False), (300.0, False), (1.0, True), (60.0, True)])
def test_bounds_are_bounds_and_promising_tokens_become_exact(scale: float, fp8: bool) -> None:
    """Against float64: a group's best token, and the next best."""
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700], heads=2), seed=44)
    batch = with_keys(batch, lambda k: scale * k)
    batch, wide = in_fp8(batch, FP8) if fp8 else (batch, batch)
    coarse = naive.encode(batch.idx_k)
    n_blocks = batch.block_table.shape[1]
    room = take_room(PLAN, batch.idx_q, batch.block_table, Scratch(batch.idx_q.device, None))
    bound_scores(PLAN, batch.idx_q, batch.idx_k, coarse, batch.block_table, batch.seq_lens, room)
    keys = wide.idx_k[batch.block_table[0, : n_blocks - 1].long()].double()
    exact = torch.einsum("hd,btd->hbt", wide.idx_q[0].double(), keys)
    # token = 64 j + 16 w + 8 i + 4 b + r is in group 2 w + b, at place 8 j + 4 i + r
    grouped = exact.view(2, -1, 2, 4, 2, 2, 4).permute(0, 1, 3, 5, 2, 4, 6).reshape(2, -1, 8, 16)
    record = room.group[0, : n_blocks - 1].movedim(1, 0)
    bound = torch.stack([record & -65536, (record & 0xFFF0) << 16], -1).view(torch.float32).double()
    assert (bound >= grouped.topk(2).values).all()
    reach = wide.idx_q[0].double().norm(dim=-1)[:, None, None] * keys.norm(dim=-1).amax()
    assert (bound[..., 0] - grouped.amax(-1) < 0.12 * reach).all()
    best = grouped.gather(-1, (record & 15).long()[..., None])[..., 0]
    assert (bound[..., 0] - best < 0.12 * reach).all()
    promised = room.exact.flatten(1)
    assert (promised > -torch.inf).sum(1).tolist() == [n_blocks - 1, n_blocks - 1]
    best = exact.amax(-1).sort(descending=True).values
    assert (promised.sort(descending=True).values[:, : n_blocks - 1] <= best + 1e-5 * best.abs()).all()


@pytest.mark.parametrize("fp8", [False, True], ids=["float16", "fp8"])
def test_what_is_in_scratch_beforehand_does_not_matter(fp8: bool) -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2200]), seed=45)
    batch = in_fp8(batch, FP8)[0] if fp8 else batch
    coarse = naive.encode(batch.idx_k)
    want = decode_index(*batch.index_args[:5], coarse=coarse, plan=PLAN)
    for poison in (0x7F, 0xFF):
        workspace = torch.full((1 << 20,), poison, dtype=torch.uint8)
        assert decode_index(*batch.index_args[:5], coarse=coarse, plan=PLAN, workspace=workspace).equal(want)


def test_coarse_keys_are_read_only_where_they_pay() -> None:
    """Coarse keys of zeros select wrongly, which shows whether they were read."""
    batch = decoding(Shape(q_lens=[1], prefix_lens=[6000]), seed=46)
    other = naive.encode(torch.zeros_like(batch.idx_k))
    plan = CoarseIndex(programs=20)
    right = decode_index(*batch.index_args[:5])
    assert decode_index(*batch.index_args[:5], coarse=other).equal(right)
    assert decode_index(*batch.index_args[:5], coarse=other, plan=ScoredIndex()).equal(right)
    assert not decode_index(*batch.index_args[:5], coarse=other, plan=plan).equal(right)


PAYS = {
    ("NVIDIA H200", 2): {(1, 4096, 4): True, (4, 1024, 4): True, (4, 1023, 4): False, (16, 256, 4): False}
    | {(32, 256, 4): True, (32, 256, 16): False, (32, 1024, 16): True, (128, 64, 4): False},
    ("generic", 2): {(1, 8192, 4): True, (32, 256, 4): True, (4, 1024, 4): False, (1, 8191, 4): False}
    | {(32, 256, 16): False},
    ("Acme 9000", 2): {(1, 8192, 4): True, (1, 8191, 4): False},
    ("NVIDIA H200", 1): {(8, 1024, 1): True, (64, 256, 1): True, (32, 256, 1): False, (128, 256, 4): False}
    | {(16, 1024, 4): True, (8, 1024, 4): False, (1, 8192, 4): True, (32, 1024, 16): False},
    ("generic", 1): {(64, 1024, 1): False},
}
"""(requests, blocks of each, rows of each): whether coarse keys pay, by GPU and bytes of a key; Acme has no table."""


@pytest.mark.parametrize(("gpu_name", "cache_bytes"), PAYS)
def test_a_gpus_table_says_where_coarse_keys_pay(gpu_name: str, cache_bytes: int) -> None:
    gpu = Gpu(gpu_name, 132, chained=True, hopper=True)
    for (requests, blocks_each, rows_each), pays in PAYS[gpu_name, cache_bytes].items():
        plan = choose_coarse(gpu, rows_each, blocks_each, requests, cache_bytes)
        assert isinstance(plan, CoarseIndex) == pays, (requests, blocks_each, rows_each)


def test_exact_scores_get_fewer_registers_where_they_take_more_programs_than_wanted() -> None:
    plan = CoarseIndex(rescore_programs=528, rescore_registers=128)
    assert launch.exact_registers(plan, 512) == 128
    assert launch.exact_registers(plan, 2048) == 80
    assert launch.exact_registers(replace(plan, rescore_registers=64), 2048) == 64


def test_many_requests_still_find_a_threshold() -> None:
    """Programs wanted for one split of each request would leave a row two exact scores, and a threshold takes 15."""
    batch = decoding(Shape(q_lens=[1, 1], prefix_lens=[2700, 2500]), seed=51)
    plan, coarse = CoarseIndex(programs=1), naive.encode(batch.idx_k)
    room = take_room(plan, batch.idx_q, batch.block_table, Scratch(batch.idx_q.device, None))
    bound_scores(plan, batch.idx_q, batch.idx_k, coarse, batch.block_table, batch.seq_lens, room)
    assert ((room.exact > -torch.inf).flatten(1).sum(1) >= 15).all()


def test_debug_mode_finds_the_token_whose_coarse_key_is_another() -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700]), seed=47)
    coarse = naive.encode(batch.idx_k)
    decode_index(*batch.index_args[:5], coarse=coarse, plan=PLAN, debug=True)
    page = int(batch.block_table[0, 3])
    coarse.low[page, 1, 17] += 1
    with pytest.raises(KernelArgumentError, match=f"differ from idx_k at page {page}, token 17"):
        decode_index(*batch.index_args[:5], coarse=coarse, plan=PLAN, debug=True)


FAULTS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "pages": (lambda pages: pages[1:].contiguous(), "coarse.pages must have shape"),
    "dtype": (lambda pages: pages.int(), "coarse.pages must be one of"),
    "strides": (lambda pages: pages.mT.contiguous().mT, "coarse.pages must be contiguous"),
}


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_refuses_coarse_keys(change: Callable[[torch.Tensor], torch.Tensor], message: str) -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700]), seed=48)
    with pytest.raises(KernelArgumentError, match=message):
        decode_index(*batch.index_args[:5], coarse=CoarseKeys(change(naive.encode(batch.idx_k).pages)))


def test_refuses_plans_without_coarse_keys_and_too_many_rows() -> None:
    batch = decoding(Shape(q_lens=[1], prefix_lens=[2700]), seed=48)
    with pytest.raises(KernelArgumentError, match="CoarseIndex with coarse"):
        decode_index(*batch.index_args[:5], plan=PLAN)
    many = make_batch(Shape(q_lens=[33], prefix_lens=[2300]), seed=48)
    with pytest.raises(KernelArgumentError, match="at most 32"):
        decode_index(*many.index_args[:5], coarse=naive.encode(many.idx_k), plan=PLAN)


def test_a_cache_is_encoded_as_the_definition_does() -> None:
    """Among its keys: zeros, tiny and huge ones, and some that are no numbers."""
    keys = torch.randn(2, 128, 128, generator=torch.Generator().manual_seed(49))
    keys[0, 1] = 0
    keys[0, 2] *= 1e-7
    keys[0, 3] *= 1e4
    keys[0, 4, 100] = 5000
    keys[0, 5, 0], keys[0, 6, 127], keys[0, 7] = torch.nan, torch.inf, -torch.inf
    keys = keys.half()
    got, want = build_coarse(keys), naive.encode(keys)
    assert got.pages.equal(want.pages)
    assert not naive.broken_tokens(keys, got).any()
    assert naive.unpack(got)[2][0, 5:8].isinf().all()


def test_a_cache_in_fp8_is_encoded_as_the_definition_does() -> None:
    keys = torch.randn(2, 128, 128, generator=torch.Generator().manual_seed(55))
    keys[0, 1] = 0
    keys[0, 2] *= 1e-2
    keys[0, 3] *= 80
    keys = keys.to(FP8)
    got = build_coarse(keys)
    assert got.pages.equal(naive.encode(keys).pages)
    assert not naive.broken_tokens(keys, got).any()
