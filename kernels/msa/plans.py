"""How a call is carried out. `dispatch.py` chooses; a caller may pass a plan of its own to any operation.

A plan is independent of lengths, which live on the device: the same plan serves every batch of the same shape. One
with a field that no kernel takes cannot be made: `KernelArgumentError`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from kernels.msa.errors import KernelArgumentError
from kernels.msa.layout import BLOCK, DENSE_TOKENS, ceil_div

Allowed = Mapping[str, Collection[int]]


def powers_of_two(least: int, most: int) -> frozenset[int]:
    """The powers of two from `least` to `most`."""
    return frozenset(1 << bit for bit in range(least.bit_length() - 1, most.bit_length()))


SWITCH: Final = range(2)
SOME: Final = range(1, 1 << 31)
ANY: Final = range(1 << 31)
WARPS: Final = powers_of_two(1, 32)
TILE: Final = powers_of_two(16, 256)
"""Rows of a tile: the tensor cores take 16 at least, which hold a row of every head."""
STAGES: Final = range(1, 17)
REGISTERS: Final = range(16, 256)
MOST_DENSE_TOKENS: Final = 32 * BLOCK
"""A row of the dense-style kernel knows which blocks it selects by the bits of an integer."""


def words(allowed: Collection[int]) -> str:
    """For a message."""
    if isinstance(allowed, range):
        return f"{allowed[0]} to {allowed[-1]}"
    return f"a power of two from {min(allowed)} to {max(allowed)}"


class Checked:
    """A plan whose fields are what `ALLOWED` says."""

    __slots__ = ()
    ALLOWED: ClassVar[Allowed] = {}

    def __post_init__(self) -> None:
        """Check every field."""
        for name, allowed in self.ALLOWED.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value not in allowed:
                raise KernelArgumentError(f"{type(self).__name__}.{name} must be {words(allowed)}, got {value}")


@dataclass(frozen=True, slots=True)
class FusedIndex(Checked):
    """Score and select in one kernel; scores are never written. For many rows.

    Attributes:
        tile_rows: (query, head) rows a program scores at once.
        programs: programs wanted; blocks are split among them where tiles are fewer.
        warps: warps of a program.
        stages: blocks of keys in flight.
    """

    tile_rows: int = 128
    programs: int = 264
    warps: int = 4
    stages: int = 2

    ALLOWED: ClassVar[Allowed] = {"tile_rows": TILE, "programs": SOME, "warps": WARPS, "stages": STAGES}


@dataclass(frozen=True, slots=True)
class ScoredIndex(Checked):
    """Write scores, then select. For few rows, which need many splits to fill the GPU.

    Attributes:
        tile_rows: most (query, head) rows a program scores at once.
        programs: programs wanted.
        warps: warps of a scoring program.
        stages: key tiles in flight.
        tma: 1 to load keys with the copy engine, 0 with plain loads, which start sooner. In decode alone.
        exact: 1 to multiply fp8 keys and queries as float16, whose sums lose nothing that float32 keeps; 0 natively,
            where the tensor cores add up with some 14 bits. In decode alone.
    """

    tile_rows: int = 128
    programs: int = 264
    warps: int = 4
    stages: int = 3
    tma: int = 1
    exact: int = 0

    ALLOWED: ClassVar[Allowed] = {**FusedIndex.ALLOWED, "tma": SWITCH, "exact": SWITCH}


@dataclass(frozen=True, slots=True)
class BoundedIndex(Checked):
    """Bound all scores by int8 products, then score exactly what the bounds leave open. For long prompts.

    Takes 4 bytes of scratch a row and block, 1.1 GB for 8 k queries of 4 heads on 1 M tokens. Fp8 keys and queries are
    copied in 16 bits first, so that sums are exact: 256 bytes a token more.

    Attributes:
        overlapped: 1 for the kernel whose groups of warps take turns, where it exists: on Hopper. Elsewhere, and with
            0, Triton's, which the other four are about.
        tile_rows: (query, head) rows a program scores at once.
        programs: programs wanted; blocks are split among them where tiles are fewer.
        warps: warps of a program.
        stages: blocks of keys in flight.
    """

    tile_rows: int = 128
    programs: int = 264
    warps: int = 4
    stages: int = 4
    overlapped: int = 1

    ALLOWED: ClassVar[Allowed] = {**FusedIndex.ALLOWED, "overlapped": SWITCH}


@dataclass(frozen=True, slots=True)
class CoarseIndex(Checked):
    """Bound all scores over coarse keys, then score exactly what the bounds leave open. For long contexts in decode.

    Attributes:
        programs: programs wanted to read the coarse keys.
        warps: warps of one.
        stages: blocks of coarse keys in flight, and one.
        registers: of a thread of one, at most: four programs of 128 share a multiprocessor.
        rescore_programs: programs wanted to score exactly what is open.
        rescore_warps: warps of one; at least 4.
        rescore_registers: of a thread of one, at most: eight programs of 64 share a multiprocessor, four of 128. Fewer
            where rows and contexts take more programs than wanted.
        late: 1 to let the kernel that follows launch when open tokens are scored, 2 not before all programs end: its
            own then spread over the GPU instead of piling up where there is room first. 0 to let it launch at once,
            which hides more of it.
    """

    programs: int = 528
    warps: int = 4
    stages: int = 3
    registers: int = 128
    rescore_programs: int = 1056
    rescore_warps: int = 4
    rescore_registers: int = 64
    late: int = 0

    ALLOWED: ClassVar[Allowed] = {
        "programs": SOME, "warps": WARPS, "stages": STAGES, "registers": REGISTERS, "rescore_programs": SOME,
        "rescore_warps": powers_of_two(4, 32), "rescore_registers": REGISTERS, "late": range(3),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowsAttend(Checked):
    """A program serves one row and KV head, or a split of its blocks. For decode and for few new tokens.

    Attributes:
        programs: programs wanted; a row's pieces are split in a power of two to reach it, at most one piece each.
        keys: keys of a piece (16 to 128, a power of two), shared out equally over the warps.
        warps: warps of a program, a power of two; fewer where a warp's share would be below 16 keys.
        stages: pieces in flight, and one.
        tma: 1 to load keys and values with the copy engine, 0 with plain loads, which start sooner.
    """

    programs: int = 264
    keys: int = 64
    warps: int = 4
    stages: int = 3
    tma: int = 1

    ALLOWED: ClassVar[Allowed] = {
        "programs": SOME, "keys": powers_of_two(16, BLOCK), "warps": WARPS, "stages": STAGES, "tma": SWITCH,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlocksAttend(Checked):
    """A program serves one block and the queries that selected it. For many new tokens.

    Attributes:
        tile_rows: query heads x queries in a tile.
        item: most queries of a work item.
        rows_at_once: rows whose partial outputs exist at a time; at TP1 a row's take 256 KB of scratch.
        rows_near: rows whose work comes together, so that their queries stay in the L2.
        warps: warps of a program.
        overlapped: 1 for the kernel whose groups of warps take turns, where it exists: on Hopper, over 16-bit caches,
            for groups of 8 or 16 heads. Elsewhere, and with 0, Triton's.
        combine_warps: warps of a program that adds partial outputs.
        combine_ahead: partial outputs that one asks for at a time, a power of two up to 16.
        widened: 1 to copy an fp8 cache's pages in the queries' dtype first, 64 KB a page and head, and serve those: the
            kernels for 16-bit caches are faster by more than that where there are many new tokens for each page.
        aside: 1 to run the dense-style kernel on a stream beside: it computes while adding up waits for memory.
        dense_tokens: rows at positions below this, 2048 to 4096, go to the dense-style kernel. Before 2048 they select
            all they see; shortly after it, computing what they do not select is cheaper than partial outputs.
        dense_programs: multiprocessors that the dense-style kernel holds from the start, where the one whose halves
            take turns exists: where `overlapped` does. Elsewhere, and with 0, Triton's.
        dense_more: programs of it that take what multiprocessors the block kernel's last programs leave, before adding
            up does.
        dense_rows: query heads x queries in a tile of Triton's dense-style kernel.
        dense_keys: keys of a piece there.
        dense_warps: warps of a program there.
        dense_stages: pieces in flight there.
    """

    tile_rows: int = 64
    item: int = 192
    rows_at_once: int = 16384
    rows_near: int = 4096
    warps: int = 4
    overlapped: int = 1
    combine_warps: int = 8
    combine_ahead: int = 8
    widened: int = 0
    aside: int = 1
    dense_tokens: int = 2048
    dense_programs: int = 0
    dense_more: int = 66
    dense_rows: int = 64
    dense_keys: int = 64
    dense_warps: int = 4
    dense_stages: int = 3

    ALLOWED: ClassVar[Allowed] = {
        "tile_rows": TILE, "item": SOME, "rows_at_once": SOME, "rows_near": SOME, "warps": WARPS, "overlapped": SWITCH,
        "combine_warps": WARPS, "combine_ahead": powers_of_two(1, 16), "widened": SWITCH, "aside": SWITCH,
        "dense_tokens": range(DENSE_TOKENS, MOST_DENSE_TOKENS + 1), "dense_programs": ANY, "dense_more": ANY,
        "dense_rows": TILE, "dense_keys": powers_of_two(16, BLOCK), "dense_warps": WARPS, "dense_stages": STAGES,
    }  # fmt: skip


IndexPlan = FusedIndex | ScoredIndex
AttendPlan = RowsAttend | BlocksAttend


def splits_for(programs: int, tiles: int, most: int) -> int:
    """Splits of each tile, at most `most`, that keep `programs` places on the GPU busiest.

    With s splits the work takes `ceil(tiles * s / programs)` rounds of 1/s each; a split adds 1 % for its merge.
    """
    most = min(most, 4 * ceil_div(programs, tiles))
    return min(range(1, most + 1), key=lambda s: (1 + 0.01 * s) * ceil_div(tiles * s, programs) / s)


def pow2_splits_for(programs: int, tiles: int, most: int) -> int:
    """The largest power of two, at most `most`, that keeps `tiles` times it within `programs` (at least 1)."""
    splits = 1
    while splits * 2 <= most and tiles * splits * 2 <= programs:
        splits *= 2
    return splits
