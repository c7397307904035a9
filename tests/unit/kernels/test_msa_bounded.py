"""The index for long prompts selects exactly what the one over bf16 products selects, in Triton's interpreter.

Integer-valued keys make every float sum exact, so selections can be compared block for block, ties included.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from triton.runtime.interpreter import interpreter_builder

from kernels.cases import Batch, Shape, in_fp8, make_batch, wrong_rows
from kernels.msa import (
    BlocksAttend,
    BoundedIndex,
    RowsAttend,
    ScoredIndex,
    prefill_attn,
    prefill_index,
)
from kernels.msa.device import Gpu, Scratch
from kernels.msa.dispatch import choose
from kernels.msa.index.bounded import launch
from kernels.msa.index.bounded.launch import open_blocks, round_keys

# Of what lies in scratch, bounds are made where no row looks.
pytestmark = pytest.mark.filterwarnings(
    "ignore:All-NaN slice:RuntimeWarning",
    "ignore:invalid value:RuntimeWarning",
    "ignore:overflow encountered:RuntimeWarning",
)

FP8 = torch.float8_e4m3fn
PLAN = BoundedIndex(tile_rows=16, programs=3)
SHAPES = {
    "within the first sixteen blocks": Shape(q_lens=[3], prefix_lens=[40]),
    "across the seventeenth block": Shape(q_lens=[3], prefix_lens=[2046], heads=2),
    "ragged, a request without rows, padding": Shape(q_lens=[2, 0, 5], prefix_lens=[2500, 0, 2100], padding=3),
    "shared prefix, wide table": Shape(q_lens=[1, 2], prefix_lens=[2304, 2304], shared_blocks=18, spare_blocks=30),
}


def integers(batch: Batch) -> Batch:
    """Keys and queries of small integers: products and sums are exact in any order, and ties abound."""
    keys, queries = ((2 * part.float()).round().half() for part in (batch.idx_k, batch.idx_q))
    return replace(batch, idx_k=keys, idx_q=queries)


def blocks(topk: torch.Tensor) -> list[list[list[int]]]:
    return topk.sort(-1).values.tolist()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_what_the_definition_selects(shape: Shape) -> None:
    batch = make_batch(shape, seed=60)
    out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32)
    assert prefill_index(*batch.index_args, out=out, plan=PLAN) is out
    assert wrong_rows(batch, out, tolerance=1e-3) == 0


def not_numbers(k: torch.Tensor) -> torch.Tensor:
    """A token of every other page scores NaN."""
    k[::2, 5, 9] = torch.nan
    return k


ADVERSARIES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "small integers": lambda k: k,
    "all keys alike: every block ties": torch.ones_like,
    "all keys zero": torch.zeros_like,
    "every block within the error of every other": lambda k: 60 + (k > 0).float(),
    "one huge channel": lambda k: k + 4096 * (torch.arange(128) == 7),
    "huge in one token of each block": lambda k: k * (1 + 1023 * (torch.arange(128) == 100))[None, :, None],
    "tokens that are no numbers": not_numbers,
}


@pytest.mark.parametrize("most_open", [256, 16])
@pytest.mark.parametrize("change", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_no_keys_make_it_select_other_blocks(
    change: Callable[[torch.Tensor], torch.Tensor], most_open: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the open blocks are scored by themselves or, with room for only 16, the whole tile is."""
    monkeypatch.setattr(launch, "MOST_OPEN", most_open)
    batch = integers(make_batch(Shape(q_lens=[2], prefix_lens=[2700]), seed=61))
    batch = replace(batch, idx_k=change(batch.idx_k.float()).half())
    got = prefill_index(*batch.index_args, plan=PLAN)
    assert blocks(got) == blocks(prefill_index(*batch.index_args, plan=ScoredIndex()))


def test_bounds_hold_on_both_sides() -> None:
    """Every block that is not open scores less than 15 others, in float64; four blocks are far below."""
    batch = make_batch(Shape(q_lens=[2], prefix_lens=[2900], heads=2), seed=62)
    batch.idx_k[batch.block_table[0, 2:6].long()] *= 0.25
    room = launch.take_room(batch.idx_q, batch.idx_k, batch.block_table, Scratch(batch.idx_q.device, None))
    opened = room.opened
    opened.pairs.fill_(7)
    round_keys(batch.idx_k, batch.block_table, batch.seq_lens, room)
    open_blocks(PLAN, batch.idx_q, batch.cu_q, batch.prefix_lens, room)
    keys = batch.idx_k[batch.block_table[0, :22].long()].double()
    scores = torch.einsum("qhd,btd->qhbt", batch.idx_q.double(), keys).amax(-1).flatten(0, 1)
    for row in range(4):
        is_open = torch.zeros(22, dtype=torch.bool)
        is_open[opened.block[row, : int(opened.count[row, 0])].long()] = True
        assert is_open[scores[row].topk(15).indices].all()
        assert not is_open[2:6].any()
    assert int(opened.pairs[:, 0].sum()) == int(opened.count[:, 0].sum())


def test_what_is_in_scratch_beforehand_does_not_matter() -> None:
    batch = make_batch(Shape(q_lens=[2], prefix_lens=[2200]), seed=63)
    want = prefill_index(*batch.index_args, plan=PLAN)
    workspace = torch.full((1 << 21,), 0xFF, dtype=torch.uint8)
    assert blocks(prefill_index(*batch.index_args, plan=PLAN, workspace=workspace)) == blocks(want)


@pytest.mark.parametrize("fill", [0x3F, 0xFF])
def test_a_row_may_see_fewer_blocks_than_there_are_splits(fill: int) -> None:
    """A wide table allows twenty splits; the row sees sixteen blocks: some splits, the first among them, have none."""
    batch = make_batch(Shape(q_lens=[1], prefix_lens=[2100], spare_blocks=303), seed=65)
    workspace = torch.full((1 << 23,), fill, dtype=torch.uint8)
    got = prefill_index(*batch.index_args, plan=BoundedIndex(tile_rows=16, programs=40), workspace=workspace)
    assert blocks(got) == blocks(prefill_index(*batch.index_args, plan=ScoredIndex()))


def disorder(patch: pytest.MonkeyPatch, seed: int) -> list[int]:
    """Programs run backwards, and rows list their open blocks in a random order, as on a GPU any may be first.

    How many lists were shuffled, call by call, comes to lie in the result.
    """
    generator, shuffled = torch.Generator().manual_seed(seed), []
    place, score_open = interpreter_builder.set_grid_idx, launch.score_open

    def backwards(x: int, y: int, z: int) -> None:
        place(interpreter_builder.grid_dim[0] - 1 - x, y, z)

    def shuffle_open(*args: Any) -> None:
        opened, moved = args[-1].opened, 0
        for ids, count in zip(opened.block, opened.count[:, 0].tolist(), strict=True):
            before = ids[:count].clone()
            ids[:count] = before[torch.randperm(count, generator=generator)]
            moved += not ids[:count].equal(before)
        shuffled.append(moved)
        score_open(*args)

    patch.setattr(interpreter_builder, "set_grid_idx", backwards)
    patch.setattr(launch, "score_open", shuffle_open)
    return shuffled


@pytest.mark.parametrize("values", [integers, lambda batch: batch], ids=["ties", "no ties"])
def test_neither_order_nor_attention_depends_on_what_comes_first(
    values: Callable[[Batch], Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same ids in the same places, whatever the order of programs and atomic additions; so the same sums."""
    batch = values(make_batch(Shape(q_lens=[3], prefix_lens=[2400], padding=1), seed=66))
    plans = (BlocksAttend(), RowsAttend(programs=40))
    want = prefill_index(*batch.index_args, plan=PLAN)
    outs = [prefill_attn(*batch.attn_args(want), plan=plan) for plan in plans]
    shuffled = disorder(monkeypatch, seed=1)
    got = prefill_index(*batch.index_args, plan=PLAN)
    assert shuffled == [3]
    assert got.equal(want)
    for plan, out in zip(plans, outs, strict=True):
        assert prefill_attn(*batch.attn_args(got), plan=plan).equal(out), plan


@pytest.mark.parametrize("queries", [FP8, torch.float16], ids=["fp8 queries", "wider queries"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_over_fp8_keys_what_it_selects_over_the_same_in_16_bits(shape: Shape, queries: torch.dtype) -> None:
    batch, wide = in_fp8(make_batch(shape, seed=64), queries)
    got = prefill_index(*batch.index_args, plan=PLAN)
    assert got.equal(prefill_index(*wide.index_args, plan=PLAN))
    assert wrong_rows(wide, got, tolerance=1e-3) == 0


@pytest.mark.parametrize(
    ("gpu_name", "rows", "blocks", "cache_bytes", "context"),
    [
        ("generic", 8192, 1024, 2, 256),
        ("NVIDIA H200", 8192, 4096, 2, 256),
        ("NVIDIA H200", 8192, 1024, 2, 64),
        ("NVIDIA H200", 32768, 1024, 2, 256),
        ("NVIDIA H200", 32768, 512, 2, 32),
        ("NVIDIA H200", 8192, 8192, 1, 256),
        ("NVIDIA H200", 8192, 4096, 1, 128),
        ("NVIDIA H200", 32768, 4096, 1, 256),
        ("NVIDIA H200", 32768, 1024, 1, 32),
    ],
)
def test_tables_say_from_where_on_bounds_pay(
    gpu_name: str, rows: int, blocks: int, cache_bytes: int, context: int
) -> None:
    """With enough rows, over enough blocks, where keys are few enough for each new token. Past a corner they do not."""
    gpu = Gpu(gpu_name, sms=132, chained=True, hopper=True)

    def bounds(rows: int, blocks: int, context: int) -> bool:
        return isinstance(choose("prefill_index", gpu, rows, blocks, cache_bytes, context), BoundedIndex)

    assert bounds(rows, blocks, context)
    assert bounds(10 * rows, 10 * blocks, 1)
    assert not bounds(rows - 1, blocks, context)
    assert not bounds(rows, blocks - 1, context)
    assert not bounds(rows, blocks, context + 1)


@pytest.mark.parametrize(("gpu_name", "cache_bytes"), [("generic", 2), ("NVIDIA H200", 2), ("NVIDIA H200", 1)])
def test_many_short_turns_take_no_copy_of_all_their_keys(gpu_name: str, cache_bytes: int) -> None:
    """64 requests of 128 new tokens in a table that is wide enough for 1 M: 8 GB of int8 keys."""
    gpu = Gpu(gpu_name, sms=132, chained=True, hopper=True)
    plan = choose("prefill_index", gpu, 4 * 8192, 8192, cache_bytes, context=64 * 8192 * 128 // 8192)
    assert not isinstance(plan, BoundedIndex)
