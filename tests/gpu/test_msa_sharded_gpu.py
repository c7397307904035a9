"""Ranks that share a decode selection out, on real GPUs: as many ranks as there are GPUs, up to four; one serves alone.

Run by `scripts/gpu`. What one GPU can show of several ranks, it shows by itself: shares sent one after the other.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed
import torch.multiprocessing

from kernels.cases import Batch, Shape, make_batch, wrong_rows
from kernels.msa import (
    CoarseIndex,
    CoarseKeys,
    Mailboxes,
    ScoredIndex,
    build_coarse,
    decode_index,
    decode_index_sharded,
    open_mailboxes,
)
from kernels.msa.device import Scratch
from kernels.msa.sharded import launch
from kernels.msa.sharded.share import Share

pytestmark = pytest.mark.gpu

SHAPES = {
    "TP1": Shape(q_lens=[1] * 4, prefix_lens=[4089, 127, 2499, 0], heads=4, dtype=torch.bfloat16, spare_blocks=50),
    "TP1 with drafts": Shape(q_lens=[4] * 2, prefix_lens=[9_000, 2500], heads=4, dtype=torch.bfloat16),
    "TP8": Shape(q_lens=[1] * 2, prefix_lens=[5000, 20_000], heads=1, group=8, dtype=torch.bfloat16),
}
MANY = CoarseIndex(programs=1056, registers=64, rescore_programs=2112, late=1)
PLANS: list[ScoredIndex | CoarseIndex] = [ScoredIndex(), CoarseIndex(), MANY]
LENGTHS = ([9001, 6001, 5001], [1, 2049, 300], [7000, 0, 2048], [0, 0, 0], [8999, 5000, 4097])


def rows_of(batch: Batch) -> int:
    return batch.idx_q.shape[0] * batch.idx_q.shape[1]


def mailboxes_here(ranks: int, rows: int) -> list[Mailboxes]:
    """Those of all ranks, on this GPU."""
    boxes = [torch.zeros(2, ranks, rows, 16, dtype=torch.int64, device="cuda") for _ in range(ranks)]
    places = torch.tensor([box.data_ptr() for box in boxes], device="cuda")
    return [
        Mailboxes(Share(rank, ranks), box, places, torch.zeros(rows, dtype=torch.int32, device="cuda"), None)
        for rank, box in enumerate(boxes)
    ]


def posted(
    batch: Batch, coarse: CoarseKeys, plan: ScoredIndex | CoarseIndex, all_ranks: list[Mailboxes]
) -> list[torch.Tensor]:
    """One call: every rank sends, then every rank selects."""
    for one in all_ranks:
        operands = batch.idx_q, batch.idx_k, coarse, batch.block_table, batch.seq_lens
        launch.send_best(plan, *operands, one.share, one.outbox, Scratch(batch.idx_q.device, None))
    shape = batch.idx_q.shape[1], batch.idx_q.shape[0], 16
    outs = [torch.full(shape, 12345, dtype=torch.int32, device="cuda") for _ in all_ranks]
    for one, out in zip(all_ranks, outs, strict=True):
        launch.select_received(one.keys, one.turn, batch.seq_lens, one.share, out)
    return outs


def check_shares(batch: Batch, plan: ScoredIndex | CoarseIndex, ranks: int) -> None:
    """Through mailboxes, all of which lie on this GPU; three calls, so that both of a row's are used."""
    coarse, rows = build_coarse(batch.idx_k), rows_of(batch)
    alone = plan if isinstance(plan, ScoredIndex) else ScoredIndex(exact=1)
    want = decode_index(*batch.index_args[:5], plan=alone)
    all_ranks = mailboxes_here(ranks, rows)
    for _ in range(3):
        assert all(out.equal(want) for out in posted(batch, coarse, plan, all_ranks))
    assert not any(one.keys.any() for one in all_ranks)


plans = pytest.mark.parametrize("plan", PLANS, ids=["all keys", "coarse", "coarse, many programs"])
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


@pytest.mark.parametrize("ranks", [2, 3, 4])
@plans
@shapes
def test_shares_of_one_gpu_select_what_the_whole_does(
    shape: Shape, plan: ScoredIndex | CoarseIndex, ranks: int
) -> None:
    check_shares(make_batch(shape, seed=75, device="cuda"), plan, ranks)


@plans
@shapes
def test_shares_over_fp8_keys(shape: Shape, plan: ScoredIndex | CoarseIndex) -> None:
    check_shares(make_batch(replace(shape, dtype=torch.float8_e4m3fn), seed=78, device="cuda"), plan, 3)


@pytest.mark.filterwarnings("ignore:.*[Ss]ynchronization debug mode:UserWarning")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn], ids=["bf16", "fp8"])
def test_no_share_waits_for_the_gpu(dtype: torch.dtype) -> None:
    batch = make_batch(replace(SHAPES["TP1 with drafts"], dtype=dtype), seed=79, device="cuda")
    coarse, all_ranks = build_coarse(batch.idx_k), mailboxes_here(3, rows_of(batch))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = [posted(batch, coarse, plan, all_ranks) for plan in PLANS]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for plan, outs in zip(PLANS, found, strict=True):
        want = decode_index(*batch.index_args[:5], plan=plan if isinstance(plan, ScoredIndex) else ScoredIndex(exact=1))
        assert all(out.equal(want) for out in outs), plan


def check_shapes(mailboxes: Mailboxes) -> None:
    """Every shape and plan, through mailboxes and through an all-gather, against this GPU alone."""
    for shape in SHAPES.values():
        batch = make_batch(shape, seed=76, device="cuda")
        coarse = build_coarse(batch.idx_k)
        want = decode_index(*batch.index_args[:5])
        for plan in PLANS:
            assert decode_index_sharded(*batch.index_args[:5], coarse=coarse, plan=plan).equal(want), (shape, plan)
            for _ in range(20):
                got = decode_index_sharded(*batch.index_args[:5], coarse=coarse, plan=plan, mailboxes=mailboxes)
                assert got.equal(want), (shape, plan)


def check_replays(mailboxes: Mailboxes) -> None:
    """A captured graph of an odd number of calls, replayed at other lengths."""
    shape = Shape(q_lens=[1] * 3, prefix_lens=[9000, 6000, 5000], heads=4, dtype=torch.bfloat16)
    batch = make_batch(shape, seed=77, device="cuda")
    coarse = build_coarse(batch.idx_k)

    def step() -> list[torch.Tensor]:
        return [
            decode_index_sharded(*batch.index_args[:5], coarse=coarse, plan=plan, mailboxes=mailboxes) for plan in PLANS
        ]

    step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        selections = step()
    for lens in LENGTHS * 3:
        batch.seq_lens.copy_(torch.tensor(lens, dtype=torch.int32))
        batch.prefix_lens.copy_(batch.seq_lens - 1)
        graph.replay()
        want = decode_index(*batch.index_args[:5])
        assert all(topk.equal(want) for topk in selections), lens
        assert wrong_rows(batch, selections[0]) == 0, lens


def check_no_waiting(mailboxes: Mailboxes) -> None:
    """Through mailboxes and through an all-gather, no call waits on the host."""
    batch = make_batch(SHAPES["TP1"], seed=80, device="cuda")
    coarse = build_coarse(batch.idx_k)
    want = decode_index(*batch.index_args[:5])
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = [
            decode_index_sharded(*batch.index_args[:5], coarse=coarse, plan=plan, mailboxes=through)
            for through in (mailboxes, None)
            for plan in PLANS
        ]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(topk.equal(want) for topk in found)


def run_rank(rank: int, ranks: int, meeting: str) -> None:
    """What each of the processes does."""
    torch.cuda.set_device(rank)
    device = torch.device("cuda", rank)
    torch.distributed.init_process_group("nccl", f"file://{meeting}", rank=rank, world_size=ranks, device_id=device)
    mailboxes = open_mailboxes(64, device)
    check_shapes(mailboxes)
    check_replays(mailboxes)
    check_no_waiting(mailboxes)
    assert not mailboxes.keys.any()
    torch.distributed.destroy_process_group()


def test_ranks_select_what_each_alone_selects(tmp_path: Path) -> None:
    ranks = min(4, torch.cuda.device_count())
    torch.multiprocessing.spawn(run_rank, args=(ranks, str(tmp_path / "meeting")), nprocs=ranks)
