"""fp8 caches, equal scores and selection statistics, in Triton's interpreter."""

from dataclasses import replace

import pytest
import torch

from kernels.cases import Shape, in_fp8, make_batch, relative_error, wrong_rows
from kernels.msa import BlocksAttend, FusedIndex, RowsAttend, ScoredIndex, prefill_attn, prefill_index
from kernels.msa.attend import naive as attend
from kernels.msa.index import naive as index
from kernels.msa.index.stats import selection_stats

FP8 = torch.float8_e4m3fn
LONG = Shape(q_lens=[3, 5], prefix_lens=[2300, 2100], heads=2)


@pytest.mark.parametrize("plan", [FusedIndex(tile_rows=32, programs=1), ScoredIndex(tile_rows=32, programs=3)])
def test_selects_over_fp8_keys(plan: FusedIndex | ScoredIndex) -> None:
    narrow, wide = in_fp8(make_batch(LONG, seed=9))
    assert wrong_rows(wide, prefill_index(*narrow.index_args, plan=plan), tolerance=1e-3) == 0


@pytest.mark.parametrize("plan", [RowsAttend(programs=1), RowsAttend(programs=64), BlocksAttend()])
def test_attends_over_an_fp8_cache(plan: RowsAttend | BlocksAttend) -> None:
    narrow, wide = in_fp8(make_batch(LONG, seed=10))
    topk = index.prefill_index(*wide.index_args)
    out = prefill_attn(*narrow.attn_args(topk), plan=plan, out=torch.full_like(narrow.q, torch.nan))
    want = attend.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    assert relative_error(out, want) < 2e-3


def test_statistics_of_a_known_selection() -> None:
    """Row i of 4 selects its own block 20 and, of head 0, the same 15 older ones; of head 1, 15 of its own."""
    topk = torch.empty((2, 4, 16), dtype=torch.int32)
    for row in range(4):
        topk[0, row] = torch.tensor([20, *range(15)])
        topk[1, row] = torch.tensor([20, *(range(15) if row % 2 else range(4, 19))])
    cu_q = torch.tensor([0, 4], dtype=torch.int32)
    stats = selection_stats(topk, cu_q, torch.tensor([20 * 128], dtype=torch.int32), tile=2)
    assert stats.overlap.tolist() == [1.0, 20 / 16]
    assert stats.age.tolist() == pytest.approx([15 * 13 / 16, (15 * 13 + 15 * 9) / 32])


def test_equal_scores_select_each_block_once() -> None:
    """All keys are alike: any 16 blocks are right, none of them twice."""
    batch = make_batch(Shape(q_lens=[3], prefix_lens=[2900]), seed=12)
    same = replace(batch, idx_k=torch.ones_like(batch.idx_k))
    for plan in (FusedIndex(tile_rows=16, programs=1), FusedIndex(tile_rows=16, programs=9), ScoredIndex(programs=2)):
        assert wrong_rows(same, prefill_index(*same.index_args, plan=plan), tolerance=1e-3) == 0


def test_empty_places_of_a_split_never_beat_negative_scores() -> None:
    """Every score is negative, and no split has 16 blocks: each hands on empty places beside its candidates."""
    batch = make_batch(Shape(q_lens=[3], prefix_lens=[2900]), seed=13)
    below = replace(batch, idx_q=batch.idx_q.abs(), idx_k=-batch.idx_k.abs())
    assert wrong_rows(below, prefill_index(*below.index_args, plan=FusedIndex(tile_rows=16, programs=9))) == 0
