# ruff: noqa: T201 - a command: what it prints is its result
"""Time decode of this checkout and of others in turns, in one process: `python -m kernels.bench turns --other PATH`.

Machines differ by 1 to 3 % and one machine drifts by as much, so versions are compared by graphs that are replayed one
after the other, over the same operands. The package of another checkout is imported under a name of its own.

Method: for each version a CUDA graph of one call a layer, over layers of which all calls read more than twice the L2
together, none a page of another's; medians of ROUNDS rounds, in each of which every version has its turn. The GPU is
kept busy before the first event, so the host's launch of a graph is in no figure; with `launched` it is, as in a
program that waits for each graph. Selections are compared as sets with this checkout's.
"""

import importlib
import re
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from kernels.cases import Batch
from kernels.graphs import captured, release, replay_us

ROUNDS = 11
Layers = Callable[[torch.dtype], Sequence[Batch]]


@dataclass(frozen=True, slots=True)
class Keys:
    """What a selection reads: index keys in fp8 or not, with coarse keys beside them or not."""

    fp8: bool
    coarse: bool

    @property
    def name(self) -> str:
        """For tables."""
        return ("fp8" if self.fp8 else "bf16") + (" and coarse" if self.coarse else "")


def renamed(source: str, name: str) -> str:
    """A module's source with the package `kernels` called `name`: in imports, and where it names itself in a string."""
    return re.sub(r"\bkernels(?=\.\w)|(?<=^from )kernels(?= import)", name, source, flags=re.MULTILINE)


def copy_package(checkout: Path, name: str, where: Path) -> None:
    """Copy a checkout's package `kernels` to `where/name`.

    Raises:
        FileNotFoundError: the checkout has no such package.
    """
    package = checkout / "kernels"
    if not (package / "msa" / "__init__.py").is_file():
        raise FileNotFoundError(f"{checkout} has no kernels/msa")
    for path in [*package.rglob("*.py"), *package.rglob("*.json")]:
        copy = where / name / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        source = path.read_text()
        copy.write_text(renamed(source, name) if path.suffix == ".py" else source)


def versions(others: Sequence[Path], where: Path) -> Mapping[str, ModuleType]:
    """`kernels.msa` of this checkout and of others, by the names of their folders; copies lie in the folder `where`."""
    found = {"this": importlib.import_module("kernels.msa")}
    sys.path.insert(0, str(where))
    for i, checkout in enumerate(others):
        copy_package(checkout, f"kernels_{i}", where)
        found[checkout.resolve().name] = importlib.import_module(f"kernels_{i}.msa")
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """One version's calls over a layer.

    Attributes:
        msa: its `kernels.msa`; of another checkout, so nothing is known of it but the four functions.
        coarse: its own coarse keys of the layers' cache, or None.
    """

    msa: Any
    coarse: Any

    def select(self, layer: Batch) -> torch.Tensor:
        """Select blocks."""
        more = {} if self.coarse is None else {"coarse": self.coarse}
        topk: torch.Tensor = self.msa.decode_index(*layer.index_args[:5], **more)
        return topk

    def both(self, layer: Batch) -> torch.Tensor:
        """Select, then attend."""
        out: torch.Tensor = self.msa.decode_attn(*layer.attn_args(self.select(layer))[:6])
        return out


def in_turns(calls: Sequence[Callable[[Batch], torch.Tensor]], layers: Sequence[Batch], launched: bool) -> list[float]:
    """Median microseconds of each call."""
    graphs = [captured(call, layers) for call in calls]
    rounds = [[replay_us(graph, launched) for graph, _ in graphs] for _ in range(ROUNDS)]
    return [statistics.median(times) / len(layers) for times in zip(*rounds, strict=True)]


def rows_that_differ(one: torch.Tensor, other: torch.Tensor) -> int:
    """Rows of two selections `[H, total_q, 16]` that are not the same set of blocks."""
    return int((one.sort(-1).values != other.sort(-1).values).any(-1).sum())


def time_case(name: str, keys: Keys, layers: Sequence[Batch], found: Mapping[str, ModuleType], launched: bool) -> None:
    """Print a line for each version."""
    rows = layers[0].idx_q.shape[0] * layers[0].idx_q.shape[1] * len(layers)
    sides = [Version(msa, msa.build_coarse(layers[0].idx_k) if keys.coarse else None) for msa in found.values()]
    wanted = [sides[0].select(layer) for layer in layers]
    other = [
        sum(rows_that_differ(want, side.select(layer)) for want, layer in zip(wanted, layers, strict=True))
        for side in sides
    ]
    select_us = in_turns([side.select for side in sides], layers, launched)
    both_us = in_turns([side.both for side in sides], layers, launched)
    for i, version in enumerate(found):
        ratio = both_us[i] / both_us[0]
        print(
            f"| {name} | {keys.name} | {version} | {select_us[i]:.1f} | {both_us[i]:.1f} | {ratio:.3f} "
            f"| {other[i]} of {rows} |",
            flush=True,
        )


def time_turns(
    cases: Sequence[tuple[str, Layers]], keys: Keys, found: Mapping[str, ModuleType], launched: bool
) -> None:
    """Print the table; `cases` are (name, layers over one pool by the caches' dtype)."""
    print("| case | keys | version | selection | with attention | to this | rows selected otherwise |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, make in cases:
        time_case(name, keys, make(torch.float8_e4m3fn if keys.fp8 else torch.bfloat16), found, launched)
        release()
