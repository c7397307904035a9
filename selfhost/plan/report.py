"""The plan of one node as plain data: every layout that makes sense there, and every cost row that speaks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfhost.plan.advice import advise
from selfhost.plan.capacity import CONTEXTS, Capacity, Layout, Node, Split, Weights, capacity
from selfhost.plan.cost import ApiPrice, Cost, Throughput, cost
from selfhost.plan.figures import THROUGHPUTS, WARNINGS
from selfhost.plan.shape import Shape

_CACHES = ((2, 2), (1, 2), (1, 1))
"""Bytes of KV and of index elements: both bf16, KV in fp8, both in fp8."""


@dataclass(frozen=True, slots=True)
class Row:
    """One layout on the node: how many requests of each of `CONTEXTS` tokens it holds."""

    layout: Layout
    capacity: Capacity
    users: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    """One throughput and what it means for the price."""

    throughput: Throughput
    cost: Cost


@dataclass(frozen=True, slots=True)
class Plan:
    """What the node can do.

    `advice` says what of it to choose, `verdict` which way is cheaper, `warnings` what is known to go wrong.
    """

    node: Node
    rows: tuple[Row, ...]
    costs: tuple[CostRow, ...]
    advice: tuple[str, ...]
    verdict: str
    warnings: tuple[str, ...]


def make_plan(
    shape: Shape,
    node: Node,
    weights: Sequence[Weights],
    price: ApiPrice,
    *,
    usd_gpu_hour: float,
    busy: float,
    cached: float,
) -> Plan:
    """Returns the plan of a node. Raises `ValueError` as `cost` does."""
    layouts = [Layout(kind, split, kv, index) for kind in weights for split in Split for kv, index in _CACHES]
    rows = tuple(_row(shape, node, layout) for layout in layouts)
    costs = tuple(
        CostRow(row, cost(row, price, usd_gpu_hour=usd_gpu_hour, busy=busy, cached=cached))
        for row in THROUGHPUTS
        if row.node == node.name and row.weights in weights
    )
    warnings = tuple(text for (name, kind), text in WARNINGS.items() if name == node.name and kind in weights)
    faulty = [kind for (name, kind) in WARNINGS if name == node.name]
    return Plan(node, rows, costs, tuple(advise(rows, faulty)), _verdict(rows, costs, price), warnings)


def _row(shape: Shape, node: Node, layout: Layout) -> Row:
    found = capacity(shape, node, layout)
    return Row(layout, found, tuple(found.users(context) for context in CONTEXTS))


def _verdict(rows: Sequence[Row], costs: Sequence[CostRow], price: ApiPrice) -> str:
    if not any(row.capacity.fits for row in rows):
        return "The model does not fit on this node."
    if not costs:
        return "No published or measured throughput is known for this node: measure before comparing prices."
    cheaper = [row for row in costs if row.cost.cheaper_at_home]
    even = max(row.cost.break_even_usd_gpu_hour for row in costs)
    if not cheaper:
        return (
            f"The API ({price.name}, listed {price.listed}) is cheaper on every known throughput: home breaks even at"
            f" {even:.2f} USD per GPU hour at best. Host it for control over the data, not for the price."
        )
    if len(cheaper) < len(costs):
        return f"Home is cheaper on {len(cheaper)} of {len(costs)} known throughputs; find out which load is yours."
    return f"Home is cheaper on every known throughput; it breaks even at {even:.2f} USD per GPU hour at best."
