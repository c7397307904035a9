"""Counters in device memory that are zero before a kernel and zero again after it, so that no launch has to clear them.

A kernel's programs count themselves as they finish; the last one sets the counter back. Two kernels that can run at the
same time must not share one. Kernels of one stream do not run at the same time, nor does a captured graph beside
itself. So the calls of a stream share counters, and a call that is captured gets its own, for ever: its graph may be
replayed on any stream.
"""

import functools
import threading
from typing import Final

import torch

CELLS: Final = 1 << 20
"""Counters of a device, 4 MB: enough for 6 500 captured calls of 128 to 160 counters."""
STREAM_CELLS: Final = 512
"""Counters of a stream."""
APART: Final = 32
"""Counters to a cache line of 128 bytes: two owners never share one."""


class Stripes:
    """Shares zeroed counters out, and remembers whose they are."""

    def __init__(self, cells: torch.Tensor) -> None:
        self._cells = cells
        self._used = 0
        self._of_stream: dict[int, torch.Tensor] = {}

    def own(self, number: int) -> torch.Tensor | None:
        """Counters that nobody else ever gets; None if they are used up."""
        end = self._used + -(-number // APART) * APART
        if end > self._cells.numel():
            return None
        cells, self._used = self._cells[self._used : end], end
        return cells

    def of_stream(self, stream: int, number: int) -> torch.Tensor | None:
        """The counters that every call of a stream (its handle) gets; None if they are too few or used up."""
        if number > STREAM_CELLS:
            return None
        if stream not in self._of_stream and (cells := self.own(STREAM_CELLS)) is not None:
            self._of_stream[stream] = cells
        return self._of_stream.get(stream)


class Counters:
    """A GPU's counters. They serve from when it is known to have zeroed them; nobody waits for that."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._pending: tuple[Stripes, torch.cuda.Event] | None = None
        self._ready: Stripes | None = None

    def take(self, number: int) -> torch.Tensor | None:
        """Counters for a call on the current stream; None if there are none, or not yet."""
        captured = torch.cuda.is_current_stream_capturing()
        with self._lock:
            if self._ready is None and not captured:  # a capture may neither allocate for others nor ask for an event
                self._prepare()
            if self._ready is None:
                return None
            if captured:
                return self._ready.own(number)
            return self._ready.of_stream(torch.cuda.current_stream(self._device).cuda_stream, number)

    def _prepare(self) -> None:
        if self._pending is None:
            cells = torch.zeros(CELLS, dtype=torch.int32, device=self._device)
            zeroed = torch.cuda.Event()
            zeroed.record(torch.cuda.current_stream(self._device))
            self._pending = Stripes(cells), zeroed
        elif self._pending[1].query():
            self._ready = self._pending[0]


@functools.cache
def counters_of(device: torch.device) -> Counters:
    """The counters of a GPU, made once."""
    return Counters(device)


def zeroed_counters(device: torch.device, number: int) -> torch.Tensor:
    """At least `number` int32 counters, zero for the next kernel on the current stream, which must leave them zero.

    Where none are at hand (in a process's first calls, after thousands of captures, on a CPU) they are allocated and
    cleared for this call alone: as right, and a launch more.
    """
    cells = counters_of(device).take(number) if device.type == "cuda" else None
    return torch.zeros(number, dtype=torch.int32, device=device) if cells is None else cells
