"""Bad arguments raise a clear error before any launch; options do what they promise. No kernel runs slowly here."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import triton

from kernels.cases import Batch, Shape, in_fp8, make_batch
from kernels.msa import (
    BlocksAttend,
    BoundedIndex,
    CoarseIndex,
    FusedIndex,
    KernelArgumentError,
    Mailboxes,
    RowsAttend,
    WorkspaceTooSmall,
    decode_attn,
    decode_index,
    decode_index_sharded,
    plan_for,
    prefill_attn,
    prefill_index,
)
from kernels.msa.device import Gpu
from kernels.msa.dispatch import choose, table_name, table_of
from kernels.msa.index.coarse.naive import encode
from kernels.msa.plans import ScoredIndex, pow2_splits_for, splits_for
from kernels.msa.sharded.share import Share

SMALL = Shape(q_lens=[2, 1], prefix_lens=[130, 0], heads=2)
DECODING = Shape(q_lens=[1, 1], prefix_lens=[130, 5], heads=2)

Change = Callable[[torch.Tensor], torch.Tensor]


def strided(tensor: torch.Tensor) -> torch.Tensor:
    """The same values and shape with gaps between them."""
    return torch.stack([tensor, tensor], -1)[..., 0]


def shifted(tensor: torch.Tensor) -> torch.Tensor:
    """The same values, contiguous, two bytes past an address that the copy engine can read."""
    room = torch.empty(tensor.numel() + 1, dtype=tensor.dtype)
    return room[1:].view(tensor.shape).copy_(tensor)


def with_field(name: str, change: Change, shape: Shape = SMALL) -> Batch:
    batch = make_batch(shape, seed=8)
    return replace(batch, **{name: change(getattr(batch, name))})


def all_blocks(batch: Batch) -> torch.Tensor:
    """The selection of rows that see at most two blocks."""
    return prefill_index(*batch.index_args)


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
    "alignment of keys": ("idx_k", shifted, "idx_k must be aligned to 16 bytes"),
    "alignment of queries": ("idx_q", shifted, "idx_q must be aligned to 16 bytes"),
    "no requests": ("block_table", lambda t: t[:0].contiguous(), "at least one request"),
    "no blocks": ("block_table", lambda t: t[:, :0].contiguous(), "at least one block a request"),
}
OF_DECODE = {name: fault for name, fault in INDEX_FAULTS.items() if fault[0] != "prefix_lens"}


@pytest.mark.parametrize(("name", "change", "message"), INDEX_FAULTS.values(), ids=INDEX_FAULTS.keys())
def test_index_refuses(name: str, change: Change, message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        prefill_index(*with_field(name, change).index_args)


@pytest.mark.parametrize("select", [decode_index, decode_index_sharded])
@pytest.mark.parametrize(("name", "change", "message"), OF_DECODE.values(), ids=OF_DECODE.keys())
def test_decode_index_refuses(name: str, change: Change, message: str, select: Callable[..., torch.Tensor]) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        select(*with_field(name, change, DECODING).index_args[:5])


ATTN_FAULTS = {
    "query heads": ("q", lambda t: t[:, :31].contiguous(), "query heads must be"),
    "channels": ("q", lambda t: t[..., :64].contiguous(), "q must have shape"),
    "values missing": ("kv", lambda t: t[..., :128].contiguous(), "kv must have shape"),
    "query dtype": ("q", lambda t: t.float(), "q must be one of"),
    "strides": ("kv", strided, "kv must be contiguous"),
    "block size": ("kv", lambda t: t[:, :, :64].contiguous(), "kv must have shape"),
    "cache dtype": ("kv", lambda t: t.bfloat16(), "they must agree"),
    "alignment of the cache": ("kv", shifted, "kv must be aligned to 16 bytes"),
    "alignment of queries": ("q", shifted, "q must be aligned to 16 bytes"),
    "table dtype": ("block_table", lambda t: t.long(), "block_table must be one of"),
    "requests": ("seq_lens", lambda t: t[:1].contiguous(), "seq_lens must have shape"),
}
SELECTION_FAULTS = {
    "fifteen blocks": (lambda t: t[..., :15].contiguous(), "topk must have shape"),
    "dtype": (lambda t: t.long(), "topk must be one of"),
    "heads": (lambda t: t[:1].contiguous(), "topk must have shape"),
    "strides": (strided, "topk must be contiguous"),
}


@pytest.mark.parametrize(("name", "change", "message"), ATTN_FAULTS.values(), ids=ATTN_FAULTS.keys())
def test_attention_refuses(name: str, change: Change, message: str) -> None:
    topk = torch.zeros((2, 3, 16), dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*with_field(name, change).attn_args(topk))
    with pytest.raises(KernelArgumentError, match=message):
        decode_attn(*with_field(name, change, DECODING).attn_args(topk[:, :2].contiguous())[:6])


@pytest.mark.parametrize(("change", "message"), SELECTION_FAULTS.values(), ids=SELECTION_FAULTS.keys())
def test_attention_refuses_a_selection(change: Change, message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*make_batch(SMALL, seed=8).attn_args(change(torch.zeros((2, 3, 16), dtype=torch.int32))))
    with pytest.raises(KernelArgumentError, match=message):
        decode_attn(*make_batch(DECODING, seed=8).attn_args(change(torch.zeros((2, 2, 16), dtype=torch.int32)))[:6])


def test_only_sixteen_blocks_can_be_selected() -> None:
    with pytest.raises(KernelArgumentError, match="topk must be 16, got 8"):
        prefill_index(*make_batch(SMALL, seed=8).index_args, topk=8)
    for select in (decode_index, decode_index_sharded):
        with pytest.raises(KernelArgumentError, match="topk must be 16, got 8"):
            select(*make_batch(DECODING, seed=8).index_args[:5], topk=8)


def test_decode_needs_equal_rows() -> None:
    batch = make_batch(SMALL, seed=8)
    with pytest.raises(KernelArgumentError, match="equal rows a request"):
        decode_index(*batch.index_args[:5])
    with pytest.raises(KernelArgumentError, match="equal rows a request"):
        decode_attn(*batch.attn_args(torch.zeros((2, 3, 16), dtype=torch.int32))[:6])


def test_debug_mode_finds_unequal_rows_of_decode_that_add_up() -> None:
    batch = make_batch(Shape(q_lens=[3, 1], prefix_lens=[130, 5]), seed=8)
    with pytest.raises(KernelArgumentError, match="decode needs 2 rows of each request"):
        decode_index(*batch.index_args[:5], debug=True)
    with pytest.raises(KernelArgumentError, match="decode needs 2 rows of each request"):
        decode_attn(*batch.attn_args(all_blocks(batch))[:6], debug=True)


def test_decode_takes_so_many_rows_of_a_request() -> None:
    batch = make_batch(Shape(q_lens=[33], prefix_lens=[130], heads=4), seed=8)
    with pytest.raises(KernelArgumentError, match=r"at most 128 \(row, index head\) pairs"):
        decode_index(*batch.index_args[:5])


def test_tensors_must_be_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton.knobs.runtime, "interpret", False)
    with pytest.raises(KernelArgumentError, match="tensors must be on a CUDA device, got cpu"):
        prefill_index(*make_batch(SMALL, seed=8).index_args)


OUT_FAULTS = {
    "shape": (lambda t: t[1:].contiguous(), "out must have shape"),
    "dtype": (lambda t: t.double(), "out must be one of"),
    "strides": (strided, "out must be contiguous"),
}


@pytest.mark.parametrize(("change", "message"), OUT_FAULTS.values(), ids=OUT_FAULTS.keys())
def test_where_results_go_must_fit(change: Change, message: str) -> None:
    batch = make_batch(DECODING, seed=8)
    topk = all_blocks(batch)
    with pytest.raises(KernelArgumentError, match=message):
        prefill_index(*batch.index_args, out=change(topk))
    with pytest.raises(KernelArgumentError, match=message):
        decode_index(*batch.index_args[:5], out=change(topk))
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*batch.attn_args(topk), out=change(batch.q))
    with pytest.raises(KernelArgumentError, match=message):
        decode_attn(*batch.attn_args(topk)[:6], out=change(batch.q))


def test_a_workspace_is_flat_aligned_bytes() -> None:
    batch = make_batch(SMALL, seed=8)
    room = torch.empty(1 << 16, dtype=torch.uint8)
    for workspace, message in (
        (room.view(torch.int32), "workspace must be one of"),
        (room.view(2, -1), "workspace must have shape"),
        (room[1:], "workspace must be aligned to 16 bytes"),
    ):
        with pytest.raises(KernelArgumentError, match=message):
            prefill_index(*batch.index_args, workspace=workspace)


def test_mailboxes_are_a_groups_and_have_room_for_so_many_rows() -> None:
    batch = make_batch(DECODING, seed=8)
    keys = torch.zeros((2, 1, 3, 16), dtype=torch.int64)
    turn = torch.zeros(3, dtype=torch.int32)
    mailboxes = Mailboxes(Share(0, 1), keys, torch.tensor([keys.data_ptr()]), turn, mapping=None)
    with pytest.raises(KernelArgumentError, match="mailboxes have room for 3 rows, got 4"):
        decode_index_sharded(*batch.index_args[:5], mailboxes=mailboxes)
    batch = make_batch(replace(DECODING, heads=1), seed=8)
    with pytest.raises(KernelArgumentError, match="give mailboxes or a group, not both"):
        decode_index_sharded(*batch.index_args[:5], mailboxes=mailboxes, group=object())


def test_a_plan_of_another_operation_is_refused() -> None:
    batch = make_batch(SMALL, seed=8)
    topk = torch.zeros((2, 3, 16), dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match="takes a RowsAttend or BlocksAttend plan"):
        prefill_attn(*batch.attn_args(topk), plan=FusedIndex())
    with pytest.raises(KernelArgumentError, match="takes a FusedIndex or ScoredIndex plan"):
        prefill_index(*batch.index_args, plan=RowsAttend())
    batch = make_batch(DECODING, seed=8)
    with pytest.raises(KernelArgumentError, match="decode_index takes a ScoredIndex plan"):
        decode_index(*batch.index_args[:5], plan=FusedIndex())
    with pytest.raises(KernelArgumentError, match="decode_attn takes a RowsAttend plan"):
        decode_attn(*batch.attn_args(topk[:, :2].contiguous())[:6], plan=BlocksAttend())


PLAN_FAULTS = {
    "tile below the tensor cores'": (lambda: FusedIndex(tile_rows=8), "FusedIndex.tile_rows must be a power of two"),
    "tile between powers": (lambda: FusedIndex(tile_rows=100), "FusedIndex.tile_rows must be a power of two from 16"),
    "no programs": (lambda: ScoredIndex(programs=0), "ScoredIndex.programs must be 1 to"),
    "a switch": (lambda: ScoredIndex(exact=2), "ScoredIndex.exact must be 0 to 1, got 2"),
    "stages": (lambda: BoundedIndex(stages=0), "BoundedIndex.stages must be 1 to 16"),
    "registers": (lambda: CoarseIndex(registers=256), "CoarseIndex.registers must be 16 to 255"),
    "warps of an exact program": (lambda: CoarseIndex(rescore_warps=2), "CoarseIndex.rescore_warps must be a power"),
    "late": (lambda: CoarseIndex(late=3), "CoarseIndex.late must be 0 to 2"),
    "keys below the tensor cores'": (lambda: RowsAttend(keys=8), "RowsAttend.keys must be a power of two from 16 to"),
    "keys between powers": (lambda: RowsAttend(keys=48), "RowsAttend.keys must be a power of two from 16 to 128"),
    "warps": (lambda: RowsAttend(warps=3), "RowsAttend.warps must be a power of two from 1 to 32, got 3"),
    "no number": (lambda: RowsAttend(programs=2.5), "RowsAttend.programs must be 1 to"),
    "tile of attention": (lambda: BlocksAttend(tile_rows=8), "BlocksAttend.tile_rows must be a power of two from 16"),
    "rows at once": (lambda: BlocksAttend(rows_at_once=0), "BlocksAttend.rows_at_once must be 1 to"),
}


@pytest.mark.parametrize(("make", "message"), PLAN_FAULTS.values(), ids=PLAN_FAULTS.keys())
def test_a_plan_that_no_kernel_takes_cannot_be_made(make: Callable[[], object], message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        make()


@pytest.mark.parametrize("tokens", [0, 2047, 4097])
def test_rows_with_more_blocks_than_bits_are_never_served_densely(tokens: int) -> None:
    with pytest.raises(KernelArgumentError, match="dense_tokens must be 2048 to 4096"):
        BlocksAttend(dense_tokens=tokens)


@pytest.mark.parametrize("page", [999, -1])
def test_debug_mode_names_the_page_that_is_out_of_range(page: int) -> None:
    batch = make_batch(DECODING, seed=8)
    topk = all_blocks(batch)
    batch.block_table[0, 1] = page
    for call in (
        lambda: prefill_index(*batch.index_args, debug=True),
        lambda: prefill_attn(*batch.attn_args(topk), debug=True),
        lambda: decode_index(*batch.index_args[:5], debug=True),
        lambda: decode_index_sharded(*batch.index_args[:5], debug=True),
        lambda: decode_attn(*batch.attn_args(topk)[:6], debug=True),
    ):
        with pytest.raises(KernelArgumentError, match=rf"block_table\[0, 1\] is page {page}; the cache has"):
            call()


def test_debug_mode_finds_lengths_that_contradict() -> None:
    batch = make_batch(SMALL, seed=8)
    batch.seq_lens[0] += 1
    with pytest.raises(KernelArgumentError, match="prefix_lens plus the new tokens"):
        prefill_index(*batch.index_args, debug=True)


LENGTH_FAULTS: dict[str, tuple[str, list[int], str]] = {
    "rows that are not there": ("cu_q", [0, 2, 40], "cu_q ends at 40, but there are 3 rows"),
    "rows before the first": ("cu_q", [1, 2, 3], "cu_q must start at 0"),
    "falling rows": ("cu_q", [0, 4, 3], "never fall"),
    "no length, but rows": ("seq_lens", [0, 1], "seq_lens must be prefix_lens plus the new tokens"),
    "a negative prefix": ("prefix_lens", [-1, 0], "prefix_lens must not be negative"),
}


@pytest.mark.parametrize(("name", "values", "message"), LENGTH_FAULTS.values(), ids=LENGTH_FAULTS.keys())
def test_debug_mode_finds_bad_lengths(name: str, values: list[int], message: str) -> None:
    batch = with_field(name, lambda t: torch.tensor(values, dtype=t.dtype))
    with pytest.raises(KernelArgumentError, match=message):
        prefill_index(*batch.index_args, debug=True)
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*batch.attn_args(torch.zeros((2, 3, 16), dtype=torch.int32)), debug=True)


@pytest.mark.parametrize(
    ("lens", "message"), [([131, 9999], "fit the block table"), ([131, -1], "0 or at least the 1 rows")]
)
def test_debug_mode_finds_bad_lengths_of_decode(lens: list[int], message: str) -> None:
    batch = with_field("seq_lens", lambda t: torch.tensor(lens, dtype=t.dtype), DECODING)
    with pytest.raises(KernelArgumentError, match=message):
        decode_index(*batch.index_args[:5], debug=True)


BAD_SELECTIONS = {
    "twice": ([0, 1, 1], "twice"),
    "later": ([0, 1, 5], "after a row's own"),
    "below none": ([0, 1, -9], "below -1"),
    "own left out": ([0], "leaves out a row's own block"),
    "one of two left out": ([1], "leaves out a block of a row that sees no more than 16"),
}


@pytest.mark.parametrize(("ids", "message"), BAD_SELECTIONS.values(), ids=BAD_SELECTIONS.keys())
def test_debug_mode_finds_bad_selections(ids: list[int], message: str) -> None:
    batch = make_batch(DECODING, seed=8)
    topk = all_blocks(batch)
    topk[0, 0] = torch.tensor(ids + [-1] * (16 - len(ids)))
    with pytest.raises(KernelArgumentError, match=message):
        prefill_attn(*batch.attn_args(topk), debug=True)
    with pytest.raises(KernelArgumentError, match=message):
        decode_attn(*batch.attn_args(topk)[:6], debug=True)


def test_debug_mode_accepts_a_good_call() -> None:
    batch = make_batch(SMALL, seed=8)
    topk = prefill_index(*batch.index_args, debug=True)
    assert prefill_attn(*batch.attn_args(topk), debug=True).isfinite().all()


def test_debug_mode_accepts_a_good_step_of_decode() -> None:
    """With a padding request, whose rows select nothing."""
    batch = make_batch(DECODING, seed=8)
    batch.seq_lens[1] = 0
    topk = decode_index(*batch.index_args[:5], debug=True)
    assert (topk[:, 1] == -1).all()
    assert decode_attn(*batch.attn_args(topk)[:6], debug=True).isfinite().all()


LONG = Shape(q_lens=[1, 1], prefix_lens=[2100, 130])
INDEX_CALLS: dict[str, FusedIndex | ScoredIndex | BoundedIndex] = {
    "fused and split": FusedIndex(tile_rows=16, programs=9),
    "scored": ScoredIndex(programs=4),
    "bounded": BoundedIndex(tile_rows=16, programs=2),
}
ATTN_CALLS: dict[str, RowsAttend | BlocksAttend] = {
    "split rows": RowsAttend(programs=64),
    "joined rows": RowsAttend(programs=16, keys=128),
    "blocks": BlocksAttend(),
}


# What lies in scratch beforehand is looked at where no row sees it, and thrown away.
over_scratch = pytest.mark.filterwarnings(
    "ignore:All-NaN slice:RuntimeWarning",
    "ignore:invalid value:RuntimeWarning",
    "ignore:overflow encountered:RuntimeWarning",
)


def check_room(call: Callable[[torch.Tensor | None], torch.Tensor]) -> None:
    """A call says what room it takes before it writes anything, and takes no more."""
    want = call(None)
    with pytest.raises(WorkspaceTooSmall, match="workspace has 0 bytes; this call needs") as asked:
        call(torch.empty(0, dtype=torch.uint8))
    needed = asked.value.needed_bytes
    workspace = torch.full((needed + 64,), 0xA5, dtype=torch.uint8)
    with pytest.raises(WorkspaceTooSmall) as refused:
        call(workspace[: needed - 1])
    assert refused.value.needed_bytes == needed
    assert (workspace == 0xA5).all()
    assert call(workspace[:needed]).sort(-1).values.equal(want.sort(-1).values)
    assert (workspace[needed:] == 0xA5).all()


@over_scratch
@pytest.mark.parametrize("plan", INDEX_CALLS.values(), ids=INDEX_CALLS.keys())
def test_a_selection_says_what_room_it_takes(plan: FusedIndex | ScoredIndex | BoundedIndex) -> None:
    batch = make_batch(LONG, seed=8)
    check_room(lambda workspace: prefill_index(*batch.index_args, plan=plan, workspace=workspace))


@over_scratch
@pytest.mark.parametrize("plan", [ScoredIndex(programs=4), CoarseIndex(programs=4, rescore_programs=8)])
def test_a_selection_of_decode_says_what_room_it_takes(plan: ScoredIndex | CoarseIndex) -> None:
    batch = make_batch(LONG, seed=8)
    coarse = encode(batch.idx_k)
    check_room(lambda workspace: decode_index(*batch.index_args[:5], plan=plan, coarse=coarse, workspace=workspace))


@over_scratch
@pytest.mark.parametrize("queries", [torch.float8_e4m3fn, torch.float16])
def test_calls_that_copy_fp8_pages_say_what_room_they_take(queries: torch.dtype) -> None:
    batch, wide = in_fp8(make_batch(LONG, seed=8), queries)
    check_room(lambda workspace: prefill_index(*batch.index_args, plan=INDEX_CALLS["bounded"], workspace=workspace))
    topk = prefill_index(*wide.index_args)
    check_room(
        lambda workspace: prefill_attn(*batch.attn_args(topk), plan=BlocksAttend(widened=1), workspace=workspace)
    )


@pytest.mark.parametrize("plan", ATTN_CALLS.values(), ids=ATTN_CALLS.keys())
def test_attention_says_what_room_it_takes(plan: RowsAttend | BlocksAttend) -> None:
    batch = make_batch(LONG, seed=8)
    topk = prefill_index(*batch.index_args)
    check_room(lambda workspace: prefill_attn(*batch.attn_args(topk), plan=plan, workspace=workspace))
    if isinstance(plan, RowsAttend):
        check_room(lambda workspace: decode_attn(*batch.attn_args(topk)[:6], plan=plan, workspace=workspace))


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
        plans = [choose("decode_attn", gpu, rows=8, blocks=32, cache_bytes=2, context=4096) for _ in range(3)]
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
            for context in (1, 1 << 40):
                assert choose(operation, gpu, rows=rows, blocks=8192, cache_bytes=cache_bytes, context=context)


def test_a_table_is_found_by_the_name_of_its_gpu() -> None:
    assert table_name("NVIDIA H200") == "nvidia_h200.json"
    h200 = Gpu("NVIDIA H200", 132, chained=True, hopper=True)
    assert isinstance(choose("prefill_index", h200, rows=64, blocks=1024, cache_bytes=2, context=2048), ScoredIndex)
    assert isinstance(choose("prefill_attn", h200, rows=32768, blocks=1024, cache_bytes=2, context=16), BlocksAttend)


@pytest.mark.parametrize(("requests", "is_bounded"), [(1, True), (16, True), (17, False)])
def test_a_plan_is_looked_up_by_the_context_of_all_requests(requests: int, is_bounded: bool) -> None:
    """8,192 new tokens in tables of 1,024 blocks: 16 requests hold 256 tokens for each, the generic table's limit."""
    queries, cache = torch.empty(8192, 1, 128, dtype=torch.float16), torch.empty(1, 128, 128, dtype=torch.float16)
    plan = plan_for("prefill_index", queries, cache, 1, torch.empty(requests, 1024, dtype=torch.int32))
    assert isinstance(plan, BoundedIndex) == is_bounded


@pytest.mark.parametrize(
    ("programs", "tiles", "most", "splits"), [(264, 256, 512, 1), (264, 64, 512, 4), (264, 2, 512, 132), (8, 1, 3, 3)]
)
def test_splits_fill_whole_rounds(programs: int, tiles: int, most: int, splits: int) -> None:
    assert splits_for(programs, tiles, most) == splits


def test_attention_splits_are_powers_of_two_within_the_programs() -> None:
    assert [pow2_splits_for(132, rows, 16) for rows in (1, 8, 32, 128, 500)] == [16, 16, 4, 1, 1]
