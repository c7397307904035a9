"""`selfhost plan`: fits or not, how many users, what it costs, and when the API is cheaper."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from selfhost.config import load_config, read_config
from selfhost.plan.capacity import CONTEXTS, Weights
from selfhost.plan.figures import NODES, PRICES
from selfhost.plan.report import Plan, Row, make_plan
from selfhost.plan.shape import Shape, shape_of


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    plan = subparsers.add_parser("plan", help="what a node can hold, what it costs, and when the API is cheaper")
    plan.add_argument("--node", choices=[node.name for node in NODES], default="8xH200")
    plan.add_argument("--weights", action="append", choices=[each.value for each in Weights], help="default: all")
    plan.add_argument("--model", type=Path, help="checkpoint directory; default: the released M3, 60 layers")
    plan.add_argument("--usd-gpu-hour", type=float, default=3.0, help="what an hour of one GPU costs you")
    plan.add_argument("--busy", type=float, default=1.0, help="share of the published throughput you would use, 0 to 1")
    plan.add_argument("--cached", type=float, default=0.0, help="share of input that the API's cache would hit, 0 to 1")
    plan.add_argument("--long", action="store_true", help="compare with the price of inputs above 512k tokens")
    plan.add_argument("--json", action="store_true", help="print JSON")
    plan.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Returns 0 when the model fits in some layout, 1 when in none, 2 for arguments that make no sense."""
    node = next(each for each in NODES if each.name == options.node)
    weights = [Weights(each) for each in options.weights or [each.value for each in Weights]]
    price = PRICES[1] if options.long else PRICES[0]
    try:
        plan = make_plan(
            _shape(options.model),
            node,
            weights,
            price,
            usd_gpu_hour=options.usd_gpu_hour,
            busy=options.busy,
            cached=options.cached,
        )
    except ValueError as error:
        sys.stderr.write(f"selfhost plan: {error}\n")
        return 2
    lines = [json.dumps(asdict(plan), indent=2, default=str)] if options.json else list(_lines(plan))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if any(row.capacity.fits for row in plan.rows) else 1


def _shape(model: Path | None) -> Shape:
    if model is not None:
        return shape_of(load_config(model))
    return shape_of(
        read_config(json.loads(files("selfhost.plan").joinpath("release.json").read_text(encoding="utf-8")))
    )


def _lines(plan: Plan) -> Iterator[str]:
    node = plan.node
    yield f"{node.name}: {node.gpus} GPUs, {node.memory / 2**30:.0f} GiB each, {node.utilization:.0%} of it used"
    yield ""
    contexts = "  ".join(f"{context // 1024:>5}k" for context in CONTEXTS)
    yield f"{'weights':8}{'split':8}{'kv/index':10}{'weights':>9}{'a token':>10}{'pool':>9}   users at {contexts}"
    yield from (_capacity_line(row) for row in plan.rows)
    if plan.costs:
        yield ""
        yield "throughput (source)                                        USD/M out   API USD/h  home USD/h  break-even"
    for each in plan.costs:
        title = f"{each.throughput.weights}, {each.throughput.workload} ({each.throughput.source})"
        cost = each.cost
        figures = f"{cost.usd_per_mtok_out:9.2f}{cost.api_usd_hour:12.2f}{cost.home_usd_hour:12.2f}"
        yield f"{title[:58]:58} {figures}{cost.break_even_usd_gpu_hour:12.2f}"
    yield ""
    yield from plan.advice
    yield plan.verdict
    yield from (f"Warning: {warning}" for warning in plan.warnings)
    yield "Overhead of 6 GiB a GPU is assumed; compare with what the engine reports at start."


def _capacity_line(row: Row) -> str:
    layout, found = row.layout, row.capacity
    dtypes = f"{_dtype(layout.kv_bytes)}/{_dtype(layout.index_bytes)}"
    head = f"{layout.weights:8}{layout.split:8}{dtypes:10}{found.weight_bytes / 1e9:>6.0f} GB"
    if not found.fits:
        return f"{head}  does not fit"
    users = "  ".join(f"{users:6.1f}" if users else "     -" for users in row.users)
    return f"{head}{found.token_bytes / 1024:>6.0f} KiB{found.tokens / 1e6:>7.2f} M            {users}"


def _dtype(size: int) -> str:
    return "bf16" if size == 2 else "fp8"
