"""Decode speed of the engine on one GPU at M3's full width: the project's kernels beside vLLM 0.33.0's.

A dummy model with random weights: hidden size, heads, experts and vocabulary are the released ones, layers are few (one
dense, the others sparse with experts). Contexts are random numbers put into the cache, so nothing is read in before.
Both run in the same engine over the same weights and cache; only selection and attention of the sparse layers differ,
and `none` leaves these out. A step is one token for every request, from planning to the drawn tokens on the host. The
ways take turns, `--rounds` times, and the median round of each counts.

    scripts/bench selfhost --gpu --stock FOLDER [--sparse-layers 3] [--experts 128] [--steps 20] [--rounds 3]
    scripts/bench selfhost --gpu --stock FOLDER --self-test        the plug-in's comparison before it swaps kernels

FOLDER holds two files of vLLM's wheel (`tests/load/stock_kernels.py`), which are never part of this project.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import torch

import selfhost.plan
from kernels import msa
from kernels.msa.layout import DIM
from selfhost.checkpoint.layout import shapes
from selfhost.config import M3Config, read_config
from selfhost.engine.cache import PagedCache
from selfhost.engine.decoding import Decoder
from selfhost.engine.engine import Engine
from selfhost.engine.kernel_attention import KernelAttention
from selfhost.engine.model import M3Model
from selfhost.engine.request import Request, Sampling
from selfhost.engine.scheduler import Bounds
from selfhost.operations import Msa
from selfhost.vllm_plugin.selftest import Shape, reason_to_keep_stock
from selfhost.vllm_plugin.stock import stock_of
from tests.load.stock_kernels import NoOperations, StockOperations, load

BATCHES = (1, 8, 32)
CONTEXTS = (4_096, 32_768, 131_072)
_WARM_STEPS = 3
_MARGIN = 200
"""Tokens of a context left free for the steps, so that page tables keep their width."""


class RandomTensors(Mapping[str, torch.Tensor]):
    """Weights by released name, drawn when they are asked for, so that no tensor exists twice."""

    def __init__(self, config: M3Config) -> None:
        self._shapes = shapes(config)

    def __getitem__(self, name: str) -> torch.Tensor:
        dtype = torch.float32 if name.endswith((".gate.weight", ".e_score_correction_bias")) else torch.bfloat16
        return torch.empty(self._shapes[name], dtype=dtype, device="cuda").normal_(std=0.02)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def full_width(sparse_layers: int, experts: int) -> M3Config:
    document = json.loads((Path(selfhost.plan.__file__).parent / "release.json").read_text(encoding="utf-8"))
    layers = [0, *[1] * sparse_layers]
    document |= {"num_hidden_layers": len(layers), "moe_layer_freq": layers, "num_local_experts": experts}
    document["sparse_attention_config"] |= {"sparse_attention_freq": layers}
    return read_config(document)


@dataclass(frozen=True, slots=True)
class Way:
    """One engine: whose kernels, and whether its decode passes are graphs."""

    kernels: str
    graphs: bool
    engine: Engine


def make_ways(model: M3Model, cache: PagedCache, operations: Mapping[str, Msa], *, eager: bool) -> list[Way]:
    table = model.rotary.table(min(model.config.context, cache.tokens))
    ways = []
    for (name, each), graphs in product(operations.items(), (True, False) if eager else (True,)):
        attention = KernelAttention(model.config.sparse, table, each, name)
        run = partial(model.forward, cache=cache, attention=attention)
        decoder = Decoder(run, cache.block, "cuda", graphs=graphs)
        ways.append(Way(name, graphs, Engine(model, cache, attention, Bounds(requests=64), decoder)))
    return ways


def put_requests(engine: Engine, batch: int, context: int) -> list[Request]:
    """Requests whose contexts are in the cache already, whatever lies there."""
    block, pool = engine._cache.block, engine._pool
    found = []
    for number in range(batch):
        tokens = [number + 1] * (context - _MARGIN + 1)
        request = Request(number, tokens, len(tokens), Sampling(1 << 20), "")
        request.pages = [page for _ in range(context // block) if (page := pool.take()) is not None]
        request.cached = context - _MARGIN
        request.hashed = request.cached // block * block
        found.append(request)
    engine.scheduler.running += found
    return found


def step_us(way: Way, batch: int, context: int, steps: int) -> float:
    requests = put_requests(way.engine, batch, context)
    for _ in range(_WARM_STEPS):
        way.engine.step()
    begun = time.perf_counter()
    for _ in range(steps):
        way.engine.step()
    taken = time.perf_counter() - begun
    for request in requests:
        way.engine.cancel(request)
    return taken / steps * 1e6


def measure(options: argparse.Namespace, operations: Mapping[str, Msa]) -> dict[str, object]:
    config = full_width(options.sparse_layers, options.experts)
    begun = time.perf_counter()
    model = M3Model(config, RandomTensors(config))
    pages = max(batch * context for batch, context in product(options.batches, options.contexts)) // msa.BLOCK + 1
    cache = PagedCache(config, pages, torch.bfloat16, "cuda")
    for layer in cache.layers:
        layer.kv.normal_()
        if layer.index is not None:
            layer.index.normal_()
    torch.cuda.synchronize()
    say(f"made in {time.perf_counter() - begun:.0f} s, {torch.cuda.memory_allocated() / 1e9:.0f} GB")
    ways = make_ways(model, cache, operations, eager=not options.graphs_only)
    cells = [cell(ways, batch, context, options) for context, batch in product(options.contexts, options.batches)]
    return {
        "gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "layers": config.layers,
        "sparse_layers": options.sparse_layers, "experts": config.experts, "steps": options.steps,
        "rounds": options.rounds, "cells": cells,
    }  # fmt: skip


def cell(ways: Sequence[Way], batch: int, context: int, options: argparse.Namespace) -> dict[str, object]:
    taken: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for way in ways:
            name = f"{way.kernels}{' graph' if way.graphs else ''}"
            taken.setdefault(name, []).append(step_us(way, batch, context, options.steps))
    found = {name: round(statistics.median(each), 1) for name, each in taken.items()}
    say(f"{context:7} x {batch:2}: " + ", ".join(f"{name} {each:.0f}" for name, each in found.items()))
    return {"context": context, "batch": batch, "us_a_step": found}


def table(cells: Sequence[Mapping[str, object]], *, eager: bool) -> str:
    """Microseconds a step; what attention itself takes is what is above a step without it."""
    heads = ["context", "batch", "ours", "stock", "none", "stock / ours", "tokens/s, ours"]
    heads += ["no graphs: ours", "stock", "stock / ours"] if eager else []
    lines = [heads, ["---"] * len(heads)]
    for each in cells:
        us, batch = each["us_a_step"], each["batch"]
        assert isinstance(us, dict)
        assert isinstance(batch, int)
        ours, stock, none = (us[f"{name} graph"] for name in ("ours", "stock", "none"))
        line = [f"{each['context']:,}", str(batch), *(f"{value:,.0f}" for value in (ours, stock, none))]
        line += [f"{stock / ours:.3f}", f"{batch / ours * 1e6:,.0f}"]
        if eager:
            line += [f"{us['ours']:,.0f}", f"{us['stock']:,.0f}", f"{us['stock'] / us['ours']:.2f}"]
        lines.append(line)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def self_test(stock: Path) -> None:
    for heads, kv_heads in ((64, 4), (32, 2), (16, 1), (8, 1)):
        shape = Shape(heads, kv_heads, torch.bfloat16)
        reason = reason_to_keep_stock(msa, stock_of(load(stock), DIM**-0.5), shape, "cuda")
        say(f"self-test {heads} query heads, {kv_heads} KV heads: {reason or 'ours and stock agree'}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--stock", type=Path, required=True)
    found.add_argument("--sparse-layers", type=int, default=3)
    found.add_argument("--experts", type=int, default=128)
    found.add_argument("--steps", type=int, default=20)
    found.add_argument("--rounds", type=int, default=3)
    found.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    found.add_argument("--contexts", type=int, nargs="+", default=CONTEXTS)
    found.add_argument("--json", type=Path, help="where all figures go")
    found.add_argument("--graphs-only", action="store_true", help="leave the passes without graphs out")
    found.add_argument("--self-test", action="store_true")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.self_test:
        self_test(options.stock)
        return 0
    stock = StockOperations(load(options.stock))
    operations: dict[str, Msa] = {"ours": msa, "stock": stock, "none": NoOperations()}
    found = measure(options, operations)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    cells = found["cells"]
    assert isinstance(cells, list)
    say(table(cells, eager=not options.graphs_only))
    return 0


if __name__ == "__main__":
    sys.exit(main())
