# ruff: noqa: T201 - part of a command: what it prints is its result
"""Time decode's selection shared out over ranks, with attention, for `kernels.bench sharded` under torchrun.

One run measures one GPU by itself and as many as it has ranks, over one index head that all ranks serve, and over the
whole layer's four heads, of which each rank then attends with its own. A time is that of the slowest rank: all begin
together, behind a collective, and run one graph of several calls over layers whose keys are cold in every L2.
"""

import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.distributed

from kernels.cases import Batch
from kernels.graphs import release
from kernels.msa import (
    CoarseKeys,
    Mailboxes,
    build_coarse,
    decode_attn,
    decode_index,
    decode_index_sharded,
    open_mailboxes,
)
from kernels.msa.index.coarse.keys import PAGE_BYTES
from kernels.msa.layout import BLOCK, DIM

CALLS = 8
"""Calls of a graph, at least: what starts and ends it takes is shared among them."""
SAMPLES = 7
SLEEP_CYCLES = 2_000_000
"""A millisecond: by then every rank's host has queued its graph."""
MOST_ROWS = 512
HEADS = 4
"""Index heads of a whole layer."""

Layers = Callable[[int], list[Batch]]


@dataclass(frozen=True, slots=True)
class Way:
    """How a selection is made. `name` is for the table.

    Attributes:
        keys: "bf16", "fp8" or "coarse".
        exchange: "mailboxes", "all-gather", or "" for one GPU by itself.
    """

    keys: str
    exchange: str


WAYS = [Way(keys, exchange) for exchange in ("", "all-gather", "mailboxes") for keys in ("bf16", "fp8", "coarse")]


@dataclass(frozen=True, slots=True)
class Ranks:
    """This rank's place among all, and its mailboxes."""

    rank: int
    number: int
    mailboxes: Mailboxes


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's operands. Of `batch`, index heads may be more than KV heads; `narrow` has the same keys in fp8."""

    batch: Batch
    narrow: Batch
    coarse: CoarseKeys

    def with_queries(self, idx_q: torch.Tensor) -> "Layer":
        """The same caches under other index queries."""
        return Layer(
            replace(self.batch, idx_q=idx_q), replace(self.narrow, idx_q=idx_q.to(torch.float8_e4m3fn)), self.coarse
        )

    def select(self, way: Way, ranks: Ranks) -> torch.Tensor:
        """Select, of all index heads. With coarse keys the table says whether they are read."""
        batch = self.narrow if way.keys == "fp8" else self.batch
        args = batch.idx_q, batch.idx_k, batch.block_table, batch.cu_q, batch.seq_lens
        coarse = self.coarse if way.keys == "coarse" else None
        if not way.exchange:
            return decode_index(*args, coarse=coarse)
        if way.exchange == "mailboxes":
            return decode_index_sharded(*args, coarse=coarse, mailboxes=ranks.mailboxes)
        return decode_index_sharded(*args, coarse=coarse)

    def attend(self, topk: torch.Tensor, ranks: Ranks) -> torch.Tensor:
        """Attend with this rank's head."""
        head = ranks.rank % topk.shape[0]
        return decode_attn(*self.batch.attn_args(topk[head : head + 1])[:6])


def group_us(call: Callable[[Layer], torch.Tensor], layers: Sequence[Layer], ranks: Ranks) -> float:
    """Median microseconds of a call on the slowest rank, out of a CUDA graph.

    Exits with 1 if the graph's results differ from what the call gave before.
    """
    want = [call(layer).clone() for layer in layers]
    release()
    repeats = -(-CALLS // len(layers))
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        kept = [call(layer) for _ in range(repeats) for layer in layers]
    token = torch.zeros(1, device="cuda")
    times = torch.zeros(SAMPLES, device="cuda")
    for i_sample in range(-1, SAMPLES):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda._sleep(SLEEP_CYCLES)  # noqa: SLF001 - torch has no public way to keep a stream busy
        torch.distributed.all_reduce(token)
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        if i_sample >= 0:
            times[i_sample] = start.elapsed_time(end) * 1e3 / len(kept)
    if not all(got.equal(want[i % len(want)]) for i, got in enumerate(kept)):
        sys.exit(f"rank {ranks.rank}: a captured call gives another result")
    torch.distributed.all_reduce(times, torch.distributed.ReduceOp.MAX)
    return statistics.median(times.tolist())


def check_way(way: Way, layers: Sequence[Layer], ranks: Ranks) -> None:
    """Exit with 1 if a rank selects or attends otherwise than one GPU alone that reads every key."""
    whole = Way("fp8" if way.keys == "fp8" else "bf16", "")
    for layer in layers:
        want, got = layer.select(whole, ranks), layer.select(way, ranks)
        same = want.equal(got) and layer.attend(want, ranks).equal(layer.attend(got, ranks))
        if not same:
            sys.exit(f"rank {ranks.rank} of {ranks.number}: {way} selects other blocks than one GPU alone")


def time_ways(name: str, ways: Sequence[Way], layers: Sequence[Layer], ranks: Ranks) -> None:
    """Check and time ways; the first rank prints them."""
    for way in ways:
        check_way(way, layers, ranks)
        select_us = group_us(lambda layer, way=way: layer.select(way, ranks), layers, ranks)  # type: ignore[misc]
        both_us = group_us(
            lambda layer, way=way: layer.attend(layer.select(way, ranks), ranks),  # type: ignore[misc]
            layers,
            ranks,
        )
        if ranks.rank == 0:
            heads = layers[0].batch.idx_q.shape[1]
            number, exchange = (ranks.number, way.exchange) if way.exchange else (1, "")
            print(
                f"| {name} | {heads} | {number} | {way.keys} | {exchange} | {select_us:.1f} | {both_us:.1f} |",
                flush=True,
            )


def layers_over(batches: Sequence[Batch]) -> list[Layer]:
    """Layers over batches that share their caches."""
    coarse, narrow = build_coarse(batches[0].idx_k), batches[0].idx_k.to(torch.float8_e4m3fn)
    return [Layer(batch, replace(batch, idx_k=narrow), coarse).with_queries(batch.idx_q) for batch in batches]


def time_case(name: str, layers: Sequence[Layer], ranks: Ranks) -> None:
    """Time a case over one index head and, where ranks exchange at all, over the whole layer's."""
    rows = layers[0].batch.idx_q.shape[0]
    whole = [layer.with_queries(torch.randn(rows, HEADS, DIM, device="cuda").bfloat16()) for layer in layers]
    time_ways(name, WAYS, layers, ranks)
    time_ways(name, [way for way in WAYS if way.exchange == "mailboxes"], whole, ranks)


def time_sharded(cases: Sequence[tuple[str, int, Layers]], l2_bytes: int) -> None:
    """Every rank of torchrun calls this. `cases` are (name, bytes that a rank touches at least, layers by number)."""
    # NVLink's multicast is never used; this keeps libraries from setting it up.
    os.environ.setdefault("TORCH_SYMM_MEM_DISABLE_MULTICAST", "1")
    os.environ.setdefault("NCCL_NVLS_ENABLE", "0")
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl", device_id=device)
    rank, number = torch.distributed.get_rank(), torch.distributed.get_world_size()
    ranks = Ranks(rank, number, open_mailboxes(MOST_ROWS, device))
    if rank == 0:
        print("| case | index heads | GPUs | keys | exchange | selection | with attention |")
        print("|---|---|---|---|---|---|---|", flush=True)
    for name, touched, layers_of in cases:
        torch.manual_seed(0)  # replicated caches and queries: the same on every rank
        time_case(name, layers_over(layers_of(max(2, 2 * l2_bytes // touched + 1))), ranks)
        release()
        torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def touched_bytes(batch: int, context: int, ranks: int) -> int:
    """Bytes that a call reads on each of `ranks` at least: its share of coarse keys, and what is attended to."""
    return batch * (context * PAGE_BYTES // BLOCK // ranks + 16 * BLOCK * 4 * DIM)
