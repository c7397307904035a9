"""Ranks that share a selection out select what one does alone, in Triton's interpreter.

All ranks run here, one after the other: each looks at its share and sends; then each selects from what all have sent.
Integer-valued keys make every float sum exact, so selections are compared id for id, in their order, ties included.

The interpreter takes a second or more for each: all combinations are slow, `pytest -m "slow or not slow"
tests/unit/kernels/test_msa_sharded.py` runs them too.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import replace

import pytest
import torch
import torch.distributed
from _pytest.mark import ParameterSet

from kernels.cases import Batch, Shape, make_batch, wrong_rows
from kernels.msa import (
    CoarseIndex,
    CoarseKeys,
    KernelArgumentError,
    Mailboxes,
    ScoredIndex,
    coarse_plan,
    decode_index,
    decode_index_sharded,
)
from kernels.msa.device import Scratch
from kernels.msa.index.coarse import naive
from kernels.msa.sharded import launch
from kernels.msa.sharded.share import Outbox, Share
from tests.unit.kernels.memory import Watch

pytestmark = pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning", "ignore:invalid value:RuntimeWarning")

PLANS: dict[str, ScoredIndex | CoarseIndex] = {
    "all keys": ScoredIndex(programs=3),
    "coarse": CoarseIndex(programs=5, rescore_programs=7),
    "coarse, many programs": CoarseIndex(programs=40, rescore_programs=40),
}
ALONE = ScoredIndex(programs=2)
SHAPES = {
    "odd shares, a padding request": Shape(q_lens=[1, 1, 0], prefix_lens=[2750, 127, 0]),
    "four heads, exactly and just past sixteen blocks": Shape(q_lens=[1, 1], prefix_lens=[2047, 2048], heads=4),
    "a draft each, across a block": Shape(q_lens=[2, 2], prefix_lens=[2431, 2046], heads=2),
    "shared prefix, wide table": Shape(q_lens=[1, 1], prefix_lens=[2600, 2400], shared_blocks=18, spare_blocks=40),
}


def integers(shape: Shape, seed: int) -> Batch:
    """A decode batch of small integers; a request without rows becomes padding with as many rows as the others."""
    q_len = max(shape.q_lens)
    batch = make_batch(replace(shape, q_lens=[q_len] * len(shape.q_lens)), seed)
    for i_request, rows in enumerate(shape.q_lens):
        batch.seq_lens[i_request] *= rows > 0
        batch.prefix_lens[i_request] = batch.seq_lens[i_request] - q_len
    return replace(
        batch, idx_k=(2 * batch.idx_k.float()).round().half(), idx_q=(2 * batch.idx_q.float()).round().half()
    )


def send(batch: Batch, coarse: CoarseKeys, plan: ScoredIndex | CoarseIndex, share: Share, outbox: Outbox) -> None:
    operands = batch.idx_q, batch.idx_k, coarse, batch.block_table, batch.seq_lens
    launch.send_best(plan, *operands, share, outbox, Scratch(batch.idx_q.device, None))


def gathered(batch: Batch, plan: ScoredIndex | CoarseIndex, ranks: int) -> torch.Tensor:
    """What ranks select that exchange keys by a collective: here the shares' keys, one after the other."""
    heads, total_q = batch.idx_q.shape[1], batch.idx_q.shape[0]
    coarse = naive.encode(batch.idx_k)
    sent = torch.full((ranks, total_q * heads, 16), 12345)
    for rank in range(ranks):
        send(batch, coarse, plan, Share(rank, ranks), Outbox(sent[rank], None, total_q * heads))
    out = torch.full((heads, total_q, 16), 12345, dtype=torch.int32)
    launch.select_received(sent, None, batch.seq_lens, Share(0, ranks), out)
    return out


def mailboxes_of(ranks: int, rows: int, memory: Watch) -> list[Mailboxes]:
    """Every rank's mailboxes, in one memory."""
    boxes = [torch.zeros(2, ranks, rows, 16, dtype=torch.int64) for _ in range(ranks)]
    memory.shared += boxes
    places = torch.tensor([box.data_ptr() for box in boxes])
    return [
        Mailboxes(Share(rank, ranks), box, places, torch.zeros(rows, dtype=torch.int32), None)
        for rank, box in enumerate(boxes)
    ]


def posted(batch: Batch, plan: ScoredIndex | CoarseIndex, ranks: list[Mailboxes]) -> list[torch.Tensor]:
    """What every rank selects that exchanges keys through mailboxes."""
    heads, total_q = batch.idx_q.shape[1], batch.idx_q.shape[0]
    coarse = naive.encode(batch.idx_k)
    for one in ranks:
        send(batch, coarse, plan, one.share, one.outbox)
    selections = [torch.full((heads, total_q, 16), 12345, dtype=torch.int32) for _ in ranks]
    for one, out in zip(ranks, selections, strict=True):
        launch.select_received(one.keys, one.turn, batch.seq_lens, one.share, out)
    return selections


QUICK = {
    ("odd shares, a padding request", "coarse", 4),
    ("four heads, exactly and just past sixteen blocks", "all keys", 3),
    ("a draft each, across a block", "coarse, many programs", 2),
}
COMBINED = [(shape, plan, ranks) for shape in SHAPES for plan in PLANS for ranks in (2, 3, 4)]


def params(values: Iterable[tuple[str | int, ...]], quick: Container[tuple[str | int, ...]]) -> list[ParameterSet]:
    """Combinations of which only some run by default."""
    return [pytest.param(*value, marks=[] if value in quick else [pytest.mark.slow]) for value in values]


@pytest.mark.parametrize(("shape", "plan", "ranks"), params(COMBINED, QUICK))
def test_ranks_select_what_one_alone_selects(shape: str, plan: str, ranks: int) -> None:
    batch = integers(SHAPES[shape], seed=80)
    got = gathered(batch, PLANS[plan], ranks)
    assert got.equal(decode_index(*batch.index_args[:5], plan=ALONE))
    assert wrong_rows(batch, got, tolerance=1e-3) == 0


@pytest.mark.parametrize("plan", params([(name,) for name in PLANS], {("coarse",)}))
def test_ranks_select_over_fp8_keys_what_one_alone_selects(plan: str) -> None:
    batch = integers(SHAPES["a draft each, across a block"], seed=95)
    batch = replace(batch, idx_k=batch.idx_k.to(torch.float8_e4m3fn), idx_q=batch.idx_q.to(torch.float8_e4m3fn))
    assert gathered(batch, PLANS[plan], 3).equal(decode_index(*batch.index_args[:5], plan=replace(ALONE, exact=1)))


@pytest.mark.parametrize("plan", params([(name,) for name in PLANS], {("all keys",)}))
def test_a_rank_may_have_no_block_at_all(plan: str) -> None:
    """Nineteen blocks among 32 ranks: 13 have none."""
    batch = integers(Shape(q_lens=[1], prefix_lens=[2400]), seed=81)
    assert gathered(batch, PLANS[plan], 32).equal(decode_index(*batch.index_args[:5], plan=ALONE))


ADVERSARIES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "all keys alike: every block ties": torch.ones_like,
    "scores all negative": lambda k: -k.abs() - 1,
    "keys that are no numbers": lambda k: k.masked_fill((torch.arange(128) == 9) & (k == 3), torch.nan),
    "keys without end": lambda k: k.masked_fill((torch.arange(128) == 9) & (k == 6), torch.inf),
}
HOSTILE = [(change, plan) for change in ADVERSARIES for plan in PLANS]


@pytest.mark.parametrize(("change", "plan"), params(HOSTILE, {("keys that are no numbers", "coarse"), HOSTILE[0]}))
def test_no_keys_make_ranks_select_other_blocks(change: str, plan: str) -> None:
    batch = integers(Shape(q_lens=[1], prefix_lens=[2400]), seed=82)
    batch = replace(batch, idx_q=batch.idx_q.abs(), idx_k=ADVERSARIES[change](batch.idx_k.float()).half())
    assert gathered(batch, PLANS[plan], 4).equal(decode_index(*batch.index_args[:5], plan=ALONE))


@pytest.mark.parametrize("plan", params([(name,) for name in PLANS], {("coarse, many programs",)}))
def test_one_share_may_have_all_blocks_that_are_selected(plan: str) -> None:
    batch = integers(Shape(q_lens=[1], prefix_lens=[4500]), seed=83)
    batch.idx_k[batch.block_table[0, 1:-1:2].long()] += 8 * batch.idx_q[0, 0].sign()
    got = gathered(batch, PLANS[plan], 2)
    assert got.equal(decode_index(*batch.index_args[:5], plan=ALONE))
    assert (got % 2 == 1).sum() >= 15


def test_scores_are_sorted_in_as_many_pieces_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "SORTED_AT_ONCE", 16)
    batch = integers(Shape(q_lens=[1, 1], prefix_lens=[4600, 2100]), seed=83)
    assert gathered(batch, ScoredIndex(), 2).equal(decode_index(*batch.index_args[:5], plan=ALONE))


@pytest.mark.parametrize(
    ("plan", "ranks"), params([(plan, ranks) for plan in PLANS for ranks in (2, 3)], {("all keys", 2)})
)
def test_mailboxes_serve_call_after_call(plan: str, ranks: int, memory: Watch) -> None:
    """Rows come and go between calls, so their turns differ; mailboxes are empty after each call."""
    boxes = mailboxes_of(ranks, 5, memory)
    for seed, lens in enumerate(([2200, 2100], [2201, 1500], [2202, 2101], [900, 2102])):
        batch = integers(Shape(q_lens=[1, 1], prefix_lens=[2250, 2250]), seed=84 + seed)
        batch.seq_lens.copy_(torch.tensor(lens))
        batch.prefix_lens.copy_(batch.seq_lens - 1)
        want = decode_index(*batch.index_args[:5], plan=ALONE)
        assert all(out.equal(want) for out in posted(batch, PLANS[plan], boxes)), lens
        assert not any(one.keys.any() for one in boxes)
    assert [one.turn.tolist() for one in boxes] == [[1, 1, 0, 0, 0]] * ranks


def test_a_rank_that_is_a_call_ahead_overwrites_nothing(memory: Watch) -> None:
    """Rank 1 sends its second call's keys before rank 0 has read the first's."""
    plan = ScoredIndex(programs=5)
    first, second = (integers(Shape(q_lens=[1], prefix_lens=[2700]), seed) for seed in (90, 91))
    zero, one = mailboxes_of(2, 1, memory)
    coarse = [naive.encode(batch.idx_k) for batch in (first, second)]
    for rank in (zero, one):
        send(first, coarse[0], plan, rank.share, rank.outbox)
    got = torch.empty((3, 1, 1, 16), dtype=torch.int32)
    launch.select_received(one.keys, one.turn, first.seq_lens, one.share, got[0])
    send(second, coarse[1], plan, one.share, one.outbox)
    launch.select_received(zero.keys, zero.turn, first.seq_lens, zero.share, got[1])
    send(second, coarse[1], plan, zero.share, zero.outbox)
    launch.select_received(zero.keys, zero.turn, second.seq_lens, zero.share, got[2])
    want = [decode_index(*batch.index_args[:5], plan=plan) for batch in (first, second)]
    assert [one.equal(want[i]) for one, i in zip(got, (0, 0, 1), strict=True)] == [True] * 3


def test_a_group_of_one_selects_alone(memory: Watch) -> None:
    batch = integers(SHAPES["odd shares, a padding request"], seed=92)
    (box,) = mailboxes_of(1, 3, memory)
    want = decode_index(*batch.index_args[:5], plan=ALONE)
    assert decode_index_sharded(*batch.index_args[:5], mailboxes=box).equal(want)
    coarse = naive.encode(batch.idx_k)
    got = decode_index_sharded(*batch.index_args[:5], mailboxes=box, coarse=coarse, plan=PLANS["coarse"])
    assert got.equal(want)


def test_without_mailboxes_keys_go_through_an_all_gather() -> None:
    """Of a group of one, which this process is."""
    batch = integers(SHAPES["shared prefix, wide table"], seed=94)
    want = decode_index(*batch.index_args[:5], plan=ALONE)
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        assert decode_index_sharded(*batch.index_args[:5], plan=ALONE).equal(want)
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.parametrize(("max_blocks", "pays"), [(1024, True), (512, False)])
def test_a_share_is_to_the_table_a_request_of_as_many_blocks(max_blocks: int, pays: bool) -> None:
    """Of 32 requests; coarse keys pay from 8,192 blocks on, here of a quarter. What follows then launches late."""
    queries, keys, table = torch.empty(32, 4, 128), torch.empty(1, 128, 128).half(), torch.empty(32, max_blocks)
    plan = coarse_plan(None, queries, keys, table, Share(3, 4))
    assert (plan is not None and plan.late == 1) == pays
    assert coarse_plan(None, queries, keys, table) is not None


def test_refuses_more_rows_than_there_are_mailboxes(memory: Watch) -> None:
    batch = integers(SHAPES["odd shares, a padding request"], seed=93)
    with pytest.raises(KernelArgumentError, match="room for 2 rows, got 3"):
        decode_index_sharded(*batch.index_args[:5], mailboxes=mailboxes_of(1, 2, memory)[0])
