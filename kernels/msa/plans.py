"""How a call is carried out. `dispatch.py` chooses; a caller may pass a plan of its own to any operation.

A plan is independent of lengths, which live on the device: the same plan serves every batch of the same shape.
"""

from dataclasses import dataclass

from kernels.msa.layout import ceil_div


@dataclass(frozen=True, slots=True)
class FusedIndex:
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


@dataclass(frozen=True, slots=True)
class ScoredIndex:
    """Write scores, then select. For few rows, which need many splits to fill the GPU.

    Attributes:
        tile_rows: most (query, head) rows a program scores at once.
        programs: programs wanted.
        warps: warps of a scoring program.
        stages: key tiles in flight.
    """

    tile_rows: int = 128
    programs: int = 264
    warps: int = 4
    stages: int = 3


@dataclass(frozen=True, slots=True)
class RowsAttend:
    """A program serves one row and KV head, or a split of its blocks. For decode and for few new tokens.

    Attributes:
        programs: programs wanted; a row's 16 blocks are split in 1, 2, 4, 8 or 16 to reach it.
        keys: keys of a piece (32, 64 or 128).
        warps: warps of a program.
        stages: pieces in flight.
    """

    programs: int = 264
    keys: int = 64
    warps: int = 4
    stages: int = 3


@dataclass(frozen=True, slots=True)
class BlocksAttend:
    """A program serves one block and the queries that selected it. For many new tokens.

    Attributes:
        tile_rows: query heads x queries in a tile.
        item: most queries of a work item.
        rows_at_once: rows whose partial outputs exist at a time; at TP1 a row's take 256 KB of scratch.
        warps: warps of a program.
        combine_warps: warps of a program that adds partial outputs.
        dense_rows: query heads x queries in a tile of the dense-style kernel, for rows that select all they see.
        dense_keys: keys of a piece there.
        dense_warps: warps of a program there.
        dense_stages: pieces in flight there.
    """

    tile_rows: int = 64
    item: int = 192
    rows_at_once: int = 16384
    warps: int = 4
    combine_warps: int = 8
    dense_rows: int = 128
    dense_keys: int = 64
    dense_warps: int = 8
    dense_stages: int = 2


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
