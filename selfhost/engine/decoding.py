"""Decode passes on a GPU: inputs at fixed places, and one CUDA graph for each size, captured when first needed.

A graph replays the same kernels over the same memory, so the pass reads tokens, positions, lengths and page tables from
places that one copy fills. Sizes are powers of two: spare rows are requests of length 0 that write to page 0, which
belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from selfhost.engine.batch import Batch, Row

_NARROWEST = 16
"""Least blocks of a page table: what a sparse layer selects."""
_ALIGNED = 4
"""Every input begins at a multiple of 16 bytes."""


class Inputs:
    """The inputs of decode passes of up to `requests` requests of up to `blocks` blocks, and their batch."""

    def __init__(self, requests: int, blocks: int, block: int, device: str) -> None:
        self._block = block
        self._pages: list[Sequence[int]] = [()] * requests
        self._filled = [0] * requests
        size = -(-requests // _ALIGNED) * _ALIGNED
        on_gpu = device.startswith("cuda")
        self._host = torch.zeros(4 * size + requests * blocks, dtype=torch.int32, pin_memory=on_gpu)
        self._device = self._host.to(device)
        self._fields = self._host[: 4 * size].view(4, size).numpy()
        self._table = self._host[4 * size :].view(requests, blocks).numpy()
        tokens, positions, slots, seq_lens = self._device[: 4 * size].view(4, size)[:, :requests]
        self.batch = Batch(
            tokens=tokens,
            positions=positions,
            slots=slots,
            block_table=self._device[4 * size :].view(requests, blocks),
            cu_q=torch.arange(requests + 1, dtype=torch.int32, device=device),
            seq_lens=seq_lens,
            prefix_lens=seq_lens,
            lengths=(),
            decode=True,
        )

    def put(self, rows: Sequence[Row]) -> None:
        """Takes the next pass's inputs. The pass before must have ended."""
        self._fields[:] = 0
        for place, row in enumerate(rows):
            slot = row.pages[row.prefix // self._block] * self._block + row.prefix % self._block
            self._fields[:, place] = (row.tokens[0], row.prefix, slot, row.prefix + 1)
            begin = self._filled[place] if row.pages is self._pages[place] else 0
            self._table[place, begin : len(row.pages)] = row.pages[begin:]
            self._pages[place], self._filled[place] = row.pages, len(row.pages)
        self._device.copy_(self._host, non_blocking=True)


class Decoder:
    """Runs decode passes. `run` returns logits `[R, vocab]` of a batch without waiting for the device."""

    def __init__(self, run: Callable[[Batch], torch.Tensor], block: int, device: str, *, graphs: bool) -> None:
        self._run = run
        self._block = block
        self._device = device
        self._pool = torch.cuda.graph_pool_handle() if graphs else None
        self._inputs: dict[tuple[int, int], Inputs] = {}
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, torch.Tensor]] = {}

    def logits(self, rows: Sequence[Row]) -> torch.Tensor:
        """Returns logits `[rows, vocab]`; they are overwritten by the next pass."""
        blocks = max(_NARROWEST, *(len(row.pages) for row in rows))
        size = (_power_of_two(len(rows)), _power_of_two(blocks))
        inputs = self._inputs.get(size) or self._inputs.setdefault(size, Inputs(*size, self._block, self._device))
        inputs.put(rows)
        if self._pool is None:
            return self._run(inputs.batch)[: len(rows)]
        if size not in self._graphs:
            self._graphs[size] = self._captured(inputs.batch)
        graph, logits = self._graphs[size]
        graph.replay()
        return logits[: len(rows)]

    def _captured(self, batch: Batch) -> tuple[torch.cuda.CUDAGraph, torch.Tensor]:
        """Runs once as it is, because kernels are compiled then, and once for the graph. Both write the same cache."""
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            self._run(batch)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            logits = self._run(batch)
        return graph, logits


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
