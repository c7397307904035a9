"""Statistics of a selection against their definition, a plain loop."""

import math
from dataclasses import replace
from statistics import fmean

import pytest
import torch

from kernels.cases import Batch, Shape, make_batch
from kernels.msa import BLOCK, TOPK, selection_stats
from kernels.msa.index import naive

SHAPES = {
    "ragged": Shape(q_lens=[70, 3, 61], prefix_lens=[2500, 4000, 2300], heads=2),
    "requests of length zero": Shape(q_lens=[0, 40, 0, 0, 25, 0], prefix_lens=[0, 2200, 0, 9, 2900, 0], padding=3),
    "padding rows": Shape(q_lens=[30, 40], prefix_lens=[2600, 2100], heads=3, padding=11),
    "rows that see fewer than 16 blocks among others": Shape(q_lens=[20, 9, 33], prefix_lens=[2030, 5, 3000], heads=2),
    "single rows": Shape(q_lens=[1] * 5, prefix_lens=[2047, 2048, 2500, 30, 2175], heads=4),
    "one row": Shape(q_lens=[1], prefix_lens=[2047], heads=2),
}


def selected(shape: Shape, seed: int) -> tuple[Batch, torch.Tensor]:
    """A batch whose neighbouring queries are alike, and its selection."""
    batch = make_batch(shape, seed)
    drift = batch.idx_q.float().cumsum(0)
    batch = replace(batch, idx_q=(drift / drift.norm(dim=-1, keepdim=True).clamp(min=1e-6)).half())
    return batch, naive.prefill_index(*batch.index_args)


def mean(values: list[float]) -> float:
    return fmean(values) if values else math.nan


def defined(batch: Batch, topk: torch.Tensor, tile: int) -> tuple[list[float], list[float]]:
    """Overlap and age of each head."""
    own = [
        (int(prefix_len) + row) // BLOCK
        for prefix_len, new in zip(batch.prefix_lens, batch.cu_q.diff(), strict=True)
        for row in range(int(new))
    ]
    overlap, age = [], []
    for rows in topk.tolist():
        full = [len(row) == TOPK and min(row) >= 0 for row in rows]
        ages = [block - other for row, block, all_16 in zip(rows, own, full, strict=False) if all_16 for other in row]
        tiles = [range(first, first + tile) for first in range(0, len(rows) - tile + 1, tile)]
        distinct = [len({block for i in each for block in rows[i]}) for each in tiles if all(full[i] for i in each)]
        overlap.append(mean([number / TOPK for number in distinct]))
        age.append(mean(ages))
    return overlap, age


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_statistics_are_those_of_the_definition(shape: Shape) -> None:
    batch, topk = selected(shape, seed=95)
    for tile in (1, 2, 7, 16, 64):
        found = selection_stats(topk, batch.cu_q, batch.prefix_lens, tile)
        overlap, age = defined(batch, topk, tile)
        assert found.overlap.tolist() == pytest.approx(overlap, nan_ok=True), tile
        assert found.age.tolist() == pytest.approx(age), tile


def test_the_default_tile_is_of_64_rows() -> None:
    batch, topk = selected(SHAPES["ragged"], seed=96)
    found = selection_stats(topk, batch.cu_q, batch.prefix_lens)
    assert found.overlap.tolist() == pytest.approx(defined(batch, topk, 64)[0])
    assert not selection_stats(topk, batch.cu_q, batch.prefix_lens, tile=32).overlap.equal(found.overlap)


def test_a_request_of_a_single_row_has_an_age() -> None:
    """It selects its own block, 16, and 15 of the 16 before: all but block 3."""
    topk = torch.tensor([16, 0, 1, 2, *range(4, 16)], dtype=torch.int32).view(1, 1, 16)
    found = selection_stats(topk, torch.tensor([0, 1]), torch.tensor([16 * BLOCK]), tile=1)
    assert found.overlap.tolist() == [1.0]
    assert found.age.tolist() == [(16 * 17 / 2 - 13) / 16]


@pytest.mark.parametrize("shape", [Shape(q_lens=[5], prefix_lens=[100]), Shape(q_lens=[0, 0], prefix_lens=[0, 0])])
def test_there_are_none_where_no_row_selects_16_blocks(shape: Shape) -> None:
    batch, topk = selected(replace(shape, padding=3, heads=2), seed=97)
    found = selection_stats(topk, batch.cu_q, batch.prefix_lens, tile=2)
    assert found.overlap.isnan().tolist() == found.age.isnan().tolist() == [True, True]


def test_a_row_that_selects_too_few_blocks_leaves_its_tile_out() -> None:
    """And nothing else: padding that fills half a tile does not either."""
    shape = Shape(q_lens=[32, 40], prefix_lens=[2600, 2300], heads=2, padding=8)
    batch, topk = selected(shape, seed=98)
    alone = [selection_stats(topk[:, at : at + 16], batch.cu_q, batch.prefix_lens, 16).overlap for at in (0, 32, 48)]
    topk[:, 17, 9] = -1
    found = selection_stats(topk, batch.cu_q, batch.prefix_lens, tile=16)
    assert found.overlap.tolist() == pytest.approx((sum(alone) / 3).tolist())
