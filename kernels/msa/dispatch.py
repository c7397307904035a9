"""Which plan serves a shape: the first rule of the GPU's table that fits. Nothing is tuned at run time.

Tables are JSON files in `tables/`, one per GPU, written from measured sweeps (`kernels/NOTES.md`; `python -m
kernels.bench tune` sweeps again) and shipped. An unknown GPU gets `generic.json`: the same kernels, correct everywhere,
with settings that fit any GPU; one log line says so.
"""

import functools
import importlib.resources
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kernels.msa.device import Gpu
from kernels.msa.plans import (
    AttendPlan,
    BlocksAttend,
    BoundedIndex,
    CoarseIndex,
    FusedIndex,
    IndexPlan,
    RowsAttend,
    ScoredIndex,
)

Operation = Literal["prefill_index", "prefill_attn", "decode_index", "decode_attn"]
Plan = IndexPlan | AttendPlan | BoundedIndex | CoarseIndex

KINDS: Mapping[str, type[Plan]] = MappingProxyType(
    {
        "fused": FusedIndex,
        "scored": ScoredIndex,
        "bounded": BoundedIndex,
        "coarse": CoarseIndex,
        "rows": RowsAttend,
        "blocks": BlocksAttend,
    }
)

LIMITS = ("rows", "blocks", "cache_bytes", "all_blocks", "from_rows", "from_blocks", "context")
"""What a rule may ask of a shape; `Rule` says how."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """A plan and the shapes it serves.

    Attributes:
        plan: how to carry the call out.
        rows: most rows, `total_q * H`, or those of one request where coarse keys are concerned; None for any.
        blocks: most blocks a request may have, the block table's width; None for any.
        cache_bytes: bytes of a cache value (1 or 2); None for both.
        all_blocks: fewest blocks over all requests, the block table's entries; None for any.
        from_rows: fewest rows; None for any.
        from_blocks: narrowest block table; None for any.
        context: most tokens that the block tables of all requests hold, for each new token; None for any.
    """

    plan: Plan
    rows: int | None
    blocks: int | None
    cache_bytes: int | None
    all_blocks: int | None
    from_rows: int | None
    from_blocks: int | None
    context: int | None

    def fits(self, rows: int, blocks: int, cache_bytes: int, all_blocks: int, context: int) -> bool:
        """Whether the rule serves a shape."""
        at_most = ((rows, self.rows), (blocks, self.blocks), (context, self.context))
        at_least = ((all_blocks, self.all_blocks), (rows, self.from_rows), (blocks, self.from_blocks))
        return (
            all(limit is None or size <= limit for size, limit in at_most)
            and all(limit is None or size >= limit for size, limit in at_least)
            and self.cache_bytes in (None, cache_bytes)
        )


def rule_of(entry: Mapping[str, int | str]) -> Rule:
    """One JSON rule: limits under `rows`, `blocks` and so on; a `kind`; the rest are the plan's fields."""
    settings = {name: int(value) for name, value in entry.items() if name != "kind"}
    limits = {name: settings.pop(name, None) for name in LIMITS}
    return Rule(KINDS[str(entry["kind"])](**settings), **limits)


def table_name(gpu_name: str) -> str:
    """File name of a GPU's table: "NVIDIA H200" is `nvidia_h200.json`."""
    return re.sub(r"[^a-z0-9]+", "_", gpu_name.lower()).strip("_") + ".json"


@functools.cache
def table_of(gpu_name: str) -> Mapping[str, tuple[Rule, ...]]:
    """Rules of a GPU by operation; the generic ones, and one log line, where it has no table."""
    folder = importlib.resources.files("kernels.msa") / "tables"
    path = folder / table_name(gpu_name)
    if not path.is_file():
        log.warning("no kernel table for GPU %r: generic settings are used", gpu_name)
        path = folder / "generic.json"
    rules = json.loads(path.read_text())["rules"]
    return MappingProxyType({name: tuple(rule_of(entry) for entry in entries) for name, entries in rules.items()})


def choose(operation: Operation, gpu: Gpu, rows: int, blocks: int, cache_bytes: int, context: int) -> Plan:
    """The plan of the first rule that fits; every table ends each operation with a rule that fits all."""
    rules = table_of(gpu.name)[operation]
    return next(rule.plan for rule in rules if rule.fits(rows, blocks, cache_bytes, 0, context))


def choose_coarse(gpu: Gpu, rows_of_request: int, blocks: int, requests: int, cache_bytes: int) -> CoarseIndex | None:
    """The plan of a decode selection that has coarse keys; None where no rule says that reading them is faster."""
    all_blocks = requests * blocks
    for rule in table_of(gpu.name)["decode_coarse"]:
        if rule.fits(rows_of_request, blocks, cache_bytes, all_blocks, 0) and isinstance(rule.plan, CoarseIndex):
            return rule.plan
    return None
