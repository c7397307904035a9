"""Bad arguments raise a clear error before any launch; options do what they promise. No kernel runs slowly here."""

import logging
from dataclasses import replace

import pytest
import torch

from kernels.cases import Batch, Shape, make_batch
from kernels.msa import (
    BlocksAttend,
    FusedIndex,
    KernelArgumentError,
    RowsAttend,
    WorkspaceTooSmall,
    decode_attn,
    decode_index,
    prefill_attn,
    prefill_index,
)
from kernels.msa.device import Gpu
from kernels.msa.dispatch import choose, table_name, table_of
from kernels.msa.plans import ScoredIndex, pow2_splits_for, splits_for

SMALL = Shape(q_lens=[2, 1], prefix_lens=[130, 0], heads=2)


def strided(tensor: torch.Tensor) -> torch.Tensor:
    """The same values and shape with gaps between them."""
    return torch.stack([tensor, tensor], -1)[..., 0]


def with_field(name: str, change: object) -> Batch:
    batch = make_batch(SMALL, seed=8)
    return replace(batch, **{name: change(getattr(batch, name))})


INDEX_FAULTS = {
    "heads": ("idx_q", lambda t: t[:, :1].repeat(1, 3, 1), "index heads must be"),
    "channels": ("idx_q", lambda t: t[..., :64].contiguous(), "idx_q must have shape"),
    "block size": ("idx_k", lambda t: t[:, :64].contiguous(), "idx_k must have shape"),
    "cache dtype": ("idx_k", lambda t: t.float(), "idx_k must be one of"),
    "mixed dtypes": ("idx_k", lambda t: t.bfloat16(), "they must agree"),
    "strides": ("idx_k", strided, "idx_k must be contiguous"),
    "table dtype": ("block_table", lambda t: t.long(), "block_table must be one of"),
    "requests": ("seq_lens", lambda t: t[:1].contiguous(), "seq_lens must have shape"),
    "cumulative rows": ("cu_q", lambda t: t[:2].contiguous(), "cu_q must have shape"),
    "device": ("prefix_lens", lambda t: t.to("meta"), "prefix_lens must be on"),
}


@pytest.mark.parametrize(("name", "change", "message"), INDEX_FAULTS.values(), ids=INDEX_FAULTS.keys())
def test_index_refuses(name: str, change: object, message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        prefill_index(*with_field(name, change).index_args)


ATTN_FAULTS = {
    "query heads": ("q", lambda t: t[:, :31].contiguous(), "query heads must be"),
    "channels": ("q", lambda t: t[..., :64].contiguous(), "q must have shape"),
    "values missing": ("kv", lambda t: t[..., :128].contiguous(), "kv must have shape"),
    "query dtype": ("q", lambda t: t.float(), "q must be one of"),
    "strides": ("kv", strided, "kv must be contiguous"),
}


@pytest.mark.parametrize(("name", "change", "message"), ATTN_FAULTS.values(), ids=ATTN_FAULTS.keys())
def test_attention_refuses(name: str, change: object, message: str) -> None:
    batch = with_field(name, change)
    topk = torch.zeros((2, 3, 16), dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*batch.attn_args(topk))


def test_only_sixteen_blocks_can_be_selected() -> None:
    with pytest.raises(KernelArgumentError, match="topk must be 16, got 8"):
        prefill_index(*make_batch(SMALL, seed=8).index_args, topk=8)


def test_decode_needs_equal_rows() -> None:
    batch = make_batch(SMALL, seed=8)
    with pytest.raises(KernelArgumentError, match="equal rows a request"):
        decode_index(*batch.index_args[:5])


def test_a_plan_of_another_operation_is_refused() -> None:
    batch = make_batch(SMALL, seed=8)
    topk = torch.zeros((2, 3, 16), dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match="takes a RowsAttend or BlocksAttend plan"):
        prefill_attn(*batch.attn_args(topk), plan=FusedIndex())
    with pytest.raises(KernelArgumentError, match="takes a FusedIndex or ScoredIndex plan"):
        prefill_index(*batch.index_args, plan=RowsAttend())


@pytest.mark.parametrize("tokens", [0, 2047, 4097])
def test_rows_with_more_blocks_than_bits_are_never_served_densely(tokens: int) -> None:
    batch = make_batch(Shape(q_lens=[2], prefix_lens=[130]), seed=0)
    topk = torch.zeros((1, 2, 16), dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match="dense_tokens must be 2048 to 4096"):
        prefill_attn(*batch.attn_args(topk), plan=BlocksAttend(dense_tokens=tokens))


def test_debug_mode_names_the_page_that_is_out_of_range() -> None:
    batch = make_batch(SMALL, seed=8)
    batch.block_table[0, 1] = 999
    with pytest.raises(KernelArgumentError, match=r"block_table\[0, 1\] is page 999; the cache has"):
        prefill_index(*batch.index_args, debug=True)


def test_debug_mode_finds_lengths_that_contradict() -> None:
    batch = make_batch(SMALL, seed=8)
    batch.seq_lens[0] += 1
    with pytest.raises(KernelArgumentError, match="prefix_lens plus the new tokens"):
        prefill_index(*batch.index_args, debug=True)


@pytest.mark.parametrize(("ids", "message"), [([0, 0], "twice"), ([5], "after a row's own")])
def test_debug_mode_finds_bad_selections(ids: list[int], message: str) -> None:
    batch = make_batch(SMALL, seed=8)
    topk = torch.full((2, 3, 16), -1, dtype=torch.int32)
    topk[:, :, 0] = 0
    topk[0, 0, : len(ids)] = torch.tensor(ids, dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*batch.attn_args(topk), debug=True)


def test_debug_mode_accepts_a_good_call() -> None:
    batch = make_batch(SMALL, seed=8)
    topk = prefill_index(*batch.index_args, debug=True)
    assert prefill_attn(*batch.attn_args(topk), debug=True).isfinite().all()


def test_a_workspace_gives_the_same_result_and_a_short_one_says_how_much_it_needs() -> None:
    batch = make_batch(SMALL, seed=8)
    topk = prefill_index(*batch.index_args)
    plan = BlocksAttend(tile_rows=64)
    workspace = torch.empty(1 << 20, dtype=torch.uint8)
    roomy = prefill_attn(*batch.attn_args(topk), workspace=workspace, plan=plan)
    assert roomy.equal(prefill_attn(*batch.attn_args(topk), plan=plan))
    with pytest.raises(WorkspaceTooSmall, match="workspace has 512 bytes; this call needs at least"):
        prefill_attn(*batch.attn_args(topk), workspace=workspace[:512], plan=plan)


def test_no_rows_is_a_call_like_any_other() -> None:
    batch = make_batch(Shape(q_lens=[0], prefix_lens=[0]), seed=8)
    topk = prefill_index(*batch.index_args)
    assert topk.shape == (1, 0, 16)
    assert prefill_attn(*batch.attn_args(topk)).shape == (0, 16, 128)
    assert decode_index(*batch.index_args[:5]).shape == (1, 0, 16)
    assert decode_attn(*batch.attn_args(topk)[:6]).shape == (0, 16, 128)


def test_an_unknown_gpu_gets_generic_plans_and_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    gpu = Gpu("Acme 9000", 10, chained=False, hopper=False)
    table_of.cache_clear()
    with caplog.at_level(logging.WARNING):
        plans = [choose("decode_attn", gpu, rows=8, blocks=32, cache_bytes=2) for _ in range(3)]
    assert plans == [RowsAttend(stages=2)] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "no kernel table for GPU 'Acme 9000': generic settings are used"
    ]


@pytest.mark.parametrize("gpu_name", ["NVIDIA H200", "generic"])
@pytest.mark.parametrize("operation", ["prefill_index", "prefill_attn", "decode_index", "decode_attn"])
def test_every_table_serves_every_shape(gpu_name: str, operation: str) -> None:
    gpu = Gpu(gpu_name, 132, chained=True, hopper=True)
    for rows in (1, 100, 10_000, 10_000_000):
        for cache_bytes in (1, 2):
            assert choose(operation, gpu, rows=rows, blocks=8192, cache_bytes=cache_bytes)


def test_a_table_is_found_by_the_name_of_its_gpu() -> None:
    assert table_name("NVIDIA H200") == "nvidia_h200.json"
    h200 = Gpu("NVIDIA H200", 132, chained=True, hopper=True)
    assert isinstance(choose("prefill_index", h200, rows=64, blocks=1024, cache_bytes=2), ScoredIndex)
    assert isinstance(choose("prefill_attn", h200, rows=32768, blocks=1024, cache_bytes=2), BlocksAttend)


@pytest.mark.parametrize(
    ("programs", "tiles", "most", "splits"), [(264, 256, 512, 1), (264, 64, 512, 4), (264, 2, 512, 132), (8, 1, 3, 3)]
)
def test_splits_fill_whole_rounds(programs: int, tiles: int, most: int, splits: int) -> None:
    assert splits_for(programs, tiles, most) == splits


def test_attention_splits_are_powers_of_two_within_the_programs() -> None:
    assert [pow2_splits_for(132, rows, 16) for rows in (1, 8, 32, 128, 500)] == [16, 16, 4, 1, 1]
