# ruff: noqa: T201 - a command: what it prints is its result
"""Time the MSA kernels on a GPU against the roofline: `python -m kernels.bench COMMAND`.

    run      check, then time each case; a Markdown table, and JSON lines with --out
    tune     time candidate plans for each shape; prints the fastest, from which a table in `msa/tables` is written
    sharded  under torchrun: the decode selection shared out over ranks, with attention, checked bit for bit and timed
    cache    time the cache operation
    turns    time decode of this checkout and of others (--other) in turns in one process, selections compared
    freed    time a selection while the driver clears memory that was given back to it
    stats    time the statistics of a selection

Method: a CUDA graph of one call a layer over several layers whose pages are disjoint and together exceed twice the L2,
so that every call reads cold data, as a decode step over many layers does; the median of the replays. Floors count
each operand once, at the rates below, which were measured on an H200.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
import triton

from kernels.bench_cache import time_cache
from kernels.bench_freed import time_freed
from kernels.bench_sharded import time_sharded, touched_bytes
from kernels.bench_stats import time_stats
from kernels.bench_turns import Keys, time_turns, versions
from kernels.cases import Batch, relative_error, wrong_rows
from kernels.graphs import Layer, captured, release, replay_us
from kernels.msa import decode_attn, decode_index, prefill_attn, prefill_index
from kernels.msa.attend import naive as attend
from kernels.msa.index.coarse.keys import PAGE_BYTES
from kernels.msa.layout import BLOCK, DIM, TOPK
from kernels.msa.plans import BlocksAttend, BoundedIndex, FusedIndex, RowsAttend, ScoredIndex

BF16_FLOPS = 790e12
READ_BYTES_PER_S = 4.6e12
L2_BYTES = 60 << 20
REPLAYS = 7
COMMANDS = ["run", "tune", "sharded", "cache", "turns", "freed", "stats"]
CHECKED_TOKENS = 16_384
"""Longest context that is checked here against the float64 definition; longer ones are left to the tests."""


@dataclass(frozen=True, slots=True)
class Case:
    """A batch of equal requests: `q_len` new tokens each that end a context of `context` tokens.

    Attributes:
        phase: "prefill" or "decode".
        heads: KV and index heads: 4 is a whole layer (TP1), 1 a quarter (TP4).
        batch: requests.
        q_len: new tokens of each.
        context: tokens of each, the new ones included.
    """

    phase: str
    heads: int
    batch: int
    q_len: int
    context: int

    @property
    def name(self) -> str:
        """For tables: "decode TP4 b8 q1 32k"."""
        return f"{self.phase} TP{4 // self.heads} b{self.batch} q{self.q_len} {self.context // 1024}k"

    def floors_us(self, cache_bytes: int = 2) -> tuple[float, float]:
        """Least microseconds of (index, attention): the larger of operations and bytes over their rates.

        `cache_bytes` is the size of a cached value; operations count at the bf16 rate whatever it is.
        """
        rows, prefix = self.batch * self.q_len, self.context - self.q_len
        seen = self.batch * sum(prefix + i + 1 for i in range(self.q_len))
        attended = self.batch * sum(min(prefix + i + 1, TOPK * BLOCK) for i in range(self.q_len))
        index_bytes = self.batch * self.context * DIM * cache_bytes + rows * self.heads * (DIM * cache_bytes + TOPK * 4)
        kv_tokens = min(self.batch * self.context, rows * TOPK * BLOCK)
        attn_bytes = self.heads * (kv_tokens * DIM * 2 * cache_bytes + 2 * rows * 16 * DIM * 2)
        index_flops, attn_flops = 2 * self.heads * DIM * seen, 4 * 16 * self.heads * DIM * attended
        return floor_us(index_flops, index_bytes), floor_us(attn_flops, attn_bytes)


def floor_us(flops: float, size_bytes: float) -> float:
    """Microseconds that operations or bytes take at least."""
    return max(flops / BF16_FLOPS, size_bytes / READ_BYTES_PER_S) * 1e6


K = 1024
CASES = [
    *(Case("prefill", heads, 1, min(8, k) * K, k * K) for heads in (4, 1) for k in (2, 8, 32, 128, 1024)),
    *(Case("prefill", heads, 1, q_len, 128 * K) for heads in (4, 1) for q_len in (64, 256, 1024)),
    *(
        Case("decode", heads, batch, 1, context * K)
        for heads in (4, 1)
        for batch in (1, 8, 32)
        for context in (4, 32, 128)
    ),
    *(Case("decode", heads, 8, 4, 32 * K) for heads in (4, 1)),
]
TURNS = [
    *(
        Case("decode", heads, batch, 1, context * K)
        for heads in (4, 1)
        for context in (4, 32, 128)
        for batch in (1, 4, 8, 32, 64, 128)
    ),
    *(Case("decode", heads, 1, 1, 1024 * K) for heads in (4, 1)),
    *(Case("decode", heads, 32, 1, 512 * K) for heads in (4, 1)),
    *(Case("decode", heads, 32, 4, context * K) for heads in (4, 1) for context in (32, 128)),
]
INDEX_PLANS: list[FusedIndex | ScoredIndex | BoundedIndex] = [
    *(
        FusedIndex(tile_rows=rows, programs=programs, stages=stages)
        for rows in (64, 128)
        for programs, stages in ((264, 2), (264, 3), (528, 2), (132, 3))
    ),
    *(ScoredIndex(tile_rows=rows, programs=264, stages=stages) for rows in (64, 128) for stages in (2, 3)),
    BoundedIndex(),
]
ROWS_PLANS = [
    RowsAttend(programs, keys, warps, stages, tma)
    for programs in (66, 132, 264, 528)
    for keys, warps, stages in ((32, 4, 3), (64, 4, 3), (128, 4, 3), (128, 8, 2), (128, 8, 3))
    for tma in (0, 1)
]
BLOCKS_PLANS = [
    BlocksAttend(
        rows_near=near, item=item, combine_ahead=4, dense_tokens=tokens, dense_programs=programs, dense_more=more
    )
    for near in (2048, 4096, 16384)
    for item in (96, 192, 384)
    for tokens in (3072, 4096)
    for programs, more in ((0, 0), (16, 66), (32, 44))
]
DECODE_INDEX_PLANS = [ScoredIndex(programs=p, stages=s) for p in (132, 264, 528, 1056) for s in (3, 5)]


def pool_pages(case: Case, cache_bytes: int, coarse: bool) -> tuple[int, int]:
    """(layers, pages of each) of which a call on every layer reads more than twice the L2, at most 32 layers.

    With `coarse` keys a selection reads those.
    """
    pages = case.batch * -(-case.context // BLOCK)
    touched = sum(case.floors_us(cache_bytes)) * 1e-6 * READ_BYTES_PER_S
    if coarse:
        touched -= pages * (BLOCK * DIM * cache_bytes - PAGE_BYTES)
    return max(1, min(32, int(2 * L2_BYTES / touched) + 1)), pages


def make_layers(
    case: Case, dtype: torch.dtype, number: int | None = None, pool_bytes: int = 0, coarse: bool = False
) -> list[Batch]:
    """Layers with scattered, disjoint pages of normal values out of one pool; `dtype` is the caches'.

    The pool holds these pages and no others, or has `pool_bytes` if that is more: scattered pages are read more slowly
    the larger it is.
    """
    n_layers, pages = pool_pages(case, dtype.itemsize, coarse)
    n_layers = number or n_layers
    page_bytes = (2 * case.heads + 1) * BLOCK * DIM * dtype.itemsize
    size = max(n_layers * pages, pool_bytes // page_bytes)
    order = torch.randperm(size, device="cuda")[: n_layers * pages].int()
    kv = torch.empty(size, case.heads, BLOCK, 2 * DIM, dtype=dtype, device="cuda")
    idx_k = torch.empty(size, BLOCK, DIM, dtype=dtype, device="cuda")
    for part in order.split(4096):
        for cache in (kv, idx_k):
            values = torch.randn(len(part), *cache.shape[1:], device="cuda").to(dtype)
            cache.view(torch.int8)[part.long()] = values.view(torch.int8)
    rows = case.batch * case.q_len
    seq_lens = torch.full((case.batch,), case.context, dtype=torch.int32, device="cuda")
    return [
        Batch(
            q=torch.randn(rows, 16 * case.heads, DIM, device="cuda").bfloat16(),
            kv=kv,
            idx_q=torch.randn(rows, case.heads, DIM, device="cuda").to(dtype),
            idx_k=idx_k,
            block_table=order[i * pages : (i + 1) * pages].view(case.batch, -1).contiguous(),
            cu_q=torch.arange(0, rows + 1, case.q_len, dtype=torch.int32, device="cuda"),
            seq_lens=seq_lens,
            prefix_lens=seq_lens - case.q_len,
        )
        for i in range(n_layers)
    ]


def time_us(call: Callable[[Layer], object], layers: Sequence[Layer]) -> float:
    """Median microseconds of a call, one a layer, out of a CUDA graph; the host's launch of it included."""
    graph, _outputs = captured(call, layers)
    return statistics.median(replay_us(graph, launched=True) for _ in range(REPLAYS)) / len(layers)


def index_of(case: Case, layer: Batch, plan: FusedIndex | ScoredIndex | BoundedIndex | None = None) -> torch.Tensor:
    """Select for one layer."""
    if case.phase == "prefill":
        return prefill_index(*layer.index_args, plan=plan)
    return decode_index(*layer.index_args[:5], plan=plan if isinstance(plan, ScoredIndex) else None)


def attn_of(
    case: Case, layer: Batch, topk: torch.Tensor, plan: RowsAttend | BlocksAttend | None = None
) -> torch.Tensor:
    """Attend for one layer."""
    if case.phase == "prefill":
        return prefill_attn(*layer.attn_args(topk), plan=plan)
    return decode_attn(*layer.attn_args(topk)[:6], plan=plan if isinstance(plan, RowsAttend) else None)


def check(case: Case, layer: Batch) -> None:
    """Compare one layer with the definitions; exits with 1 on a wrong row or an error above 3e-3."""
    if case.context > CHECKED_TOKENS or case.batch * case.q_len * case.context > 1 << 24:
        return
    topk = index_of(case, layer)
    wide = replace(layer, kv=layer.kv.bfloat16(), idx_k=layer.idx_k.bfloat16(), idx_q=layer.idx_q.bfloat16())
    want = attend.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    wrong, error = wrong_rows(wide, topk), relative_error(attn_of(case, layer, topk), want)
    if wrong or error > 3e-3:
        sys.exit(f"{case.name}: {wrong} wrong rows, attention error {error:.2e}")


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of a case: the two operations alone, and one after the other."""

    case: Case
    cache: str
    layers: int
    index_us: float
    attn_us: float
    both_us: float

    def row(self) -> str:
        """A line of the Markdown table."""
        index_floor, attn_floor = self.case.floors_us(2 if self.cache == "bfloat16" else 1)
        return (
            f"| {self.case.name} | {self.cache} | {self.index_us:.1f} | {index_floor:.1f} | {self.attn_us:.1f} "
            f"| {attn_floor:.1f} | {self.both_us:.1f} | {self.both_us / (index_floor + attn_floor):.2f} |"
        )


def time_case(case: Case, dtype: torch.dtype) -> Timing:
    """Check and time one case."""
    layers = make_layers(case, dtype)
    check(case, layers[0])
    topk = index_of(case, layers[0])
    return Timing(
        case=case,
        cache=str(dtype).removeprefix("torch."),
        layers=len(layers),
        index_us=time_us(lambda layer: index_of(case, layer), layers),
        attn_us=time_us(lambda layer: attn_of(case, layer, topk), layers),
        both_us=time_us(lambda layer: attn_of(case, layer, index_of(case, layer)), layers),
    )


def run(cases: Sequence[Case], dtype: torch.dtype, out: Path | None) -> None:
    """Print the table of all cases; append records to `out`."""
    print(
        "| case | cache | index | floor | attention | floor | both | both / floor |\n|---|---|---|---|---|---|---|---|"
    )
    for case in cases:
        timing = time_case(case, dtype)
        print(timing.row(), flush=True)
        if out is not None:
            with out.open("a") as lines:
                lines.write(json.dumps(asdict(timing)) + "\n")
        release()


def tune(cases: Sequence[Case], dtype: torch.dtype) -> None:
    """Print the three fastest plans of each operation and case."""
    for case in cases:
        for name, timed in (("index", tuned_index(case, dtype)), ("attention", tuned_attn(case, dtype))):
            for us, plan in sorted(timed, key=lambda pair: pair[0])[:3]:
                print(f"{case.name} {name}: {us:.1f} us {plan}", flush=True)
        release()


def tuned_index(case: Case, dtype: torch.dtype) -> list[tuple[float, object]]:
    """Microseconds of every selection plan."""
    layers = make_layers(case, dtype)
    plans: Sequence[FusedIndex | ScoredIndex | BoundedIndex] = (
        DECODE_INDEX_PLANS if case.phase == "decode" else INDEX_PLANS
    )
    return [(time_us(partial(index_of, case, plan=plan), layers), plan) for plan in plans]


def attn_plans(case: Case, dtype: torch.dtype) -> list[RowsAttend | BlocksAttend]:
    """Attention plans that are worth a try; `dtype` is the cache's. Fp8 pages are served as they are, and copied."""
    few = case.q_len * case.batch * case.heads <= 8192
    blocks = BLOCKS_PLANS if case.phase == "prefill" else []
    copying = [replace(plan, widened=1) for plan in blocks] if dtype.itemsize == 1 else []
    return [*(ROWS_PLANS if few else []), *blocks, *copying]


def tuned_attn(case: Case, dtype: torch.dtype) -> list[tuple[float, object]]:
    """Microseconds of every attention plan."""
    layers = make_layers(case, dtype)
    topk = index_of(case, layers[0])
    return [(time_us(partial(attn_of, case, topk=topk, plan=plan), layers), plan) for plan in attn_plans(case, dtype)]


def sharded(only: str) -> None:
    """Check and time the shared-out selection; every rank of torchrun runs this, the first one prints."""
    cases = [Case("decode", 1, batch, 1, context * K) for batch, context in ((8, 32), (32, 128), (32, 1024))]
    cases = [case for case in cases if only in case.name]
    ranks = int(os.environ["WORLD_SIZE"])
    time_sharded(
        [
            (case.name, touched_bytes(case.batch, case.context, ranks), partial(make_layers, case, torch.bfloat16))
            for case in cases
        ],
        L2_BYTES,
    )


def turns(options: argparse.Namespace) -> None:
    """Time decode of several checkouts in turns."""
    wanted = options.only.split(",")
    pool_bytes = int(options.pool_gb * 2**30)
    cases = [
        (case.name, partial(make_layers, case, pool_bytes=pool_bytes, coarse=options.coarse))
        for case in TURNS
        if any(part in case.name for part in wanted)
    ]
    with tempfile.TemporaryDirectory() as where:
        found = versions(options.other, Path(where))
        time_turns(cases, Keys(options.fp8, options.coarse), found, options.launched)


def freed() -> None:
    """Time a selection over fp8 keys after memory was given back."""
    case = Case("decode", 1, 64, 1, 32 * K)
    time_freed(partial(index_of, case), make_layers(case, torch.float8_e4m3fn))


def main() -> None:
    """Read the command line and run it; exits with 2 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="kernels.bench", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("command", nargs="?", default="run", choices=COMMANDS)
    parser.add_argument("--only", default="", help="cases whose name contains this; turns: or one of these, by commas")
    parser.add_argument("--fp8", action="store_true", help="e4m3 caches and index queries")
    parser.add_argument("--out", type=Path, help="append JSON lines here")
    parser.add_argument("--other", type=Path, action="append", default=[], help="turns: another checkout; repeatable")
    parser.add_argument("--coarse", action="store_true", help="turns: coarse keys beside the index keys")
    parser.add_argument("--pool-gb", type=float, default=0, help="turns: pages lie scattered over so many GiB at least")
    parser.add_argument("--launched", action="store_true", help="turns: the host's launch of a graph counts")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA GPU: nothing to time", file=sys.stderr)
        sys.exit(2)
    cases = [case for case in CASES if options.only in case.name]
    dtype = torch.float8_e4m3fn if options.fp8 else torch.bfloat16
    if options.command == "sharded":
        sharded(options.only)
        return
    print(f"# {torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}")
    if options.command == "cache":
        time_cache(time_us, READ_BYTES_PER_S)
    elif options.command == "turns":
        turns(options)
    elif options.command == "freed":
        freed()
    elif options.command == "stats":
        time_stats(time_us)
    elif options.command == "tune":
        tune(cases, dtype)
    else:
        run(cases, dtype, options.out)


if __name__ == "__main__":
    main()
