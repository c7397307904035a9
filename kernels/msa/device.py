"""What a launch needs from its surroundings: the GPU's facts, scratch memory, TMA descriptors."""

import functools
import math
from dataclasses import dataclass

import torch
import triton
from triton.tools.tensor_descriptor import TensorDescriptor

from kernels.msa.errors import WorkspaceTooSmall
from kernels.msa.layout import DIM

ALIGN_BYTES = 256
"""Alignment of every piece of a workspace; TMA needs 16, coalesced access 128."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """The facts a launch depends on.

    Attributes:
        name: as the driver reports it; "generic" on a CPU, under the interpreter.
        sms: streaming multiprocessors.
        chained: whether programmatic dependent launch exists (compute capability 9.0 and later).
        hopper: whether the compute capability is 9.0, which the kernels written in Gluon need.
    """

    name: str
    sms: int
    chained: bool
    hopper: bool


@functools.cache
def gpu_of(device: torch.device) -> Gpu:
    """Facts of a device, read once; reading them does not synchronise."""
    if device.type != "cuda":
        return Gpu("generic", 2, chained=False, hopper=False)
    properties = torch.cuda.get_device_properties(device)
    major = properties.major
    return Gpu(properties.name, properties.multi_processor_count, chained=major >= 9, hopper=major == 9)


def interpreted() -> bool:
    """Whether Triton runs kernels in its CPU interpreter (TRITON_INTERPRET=1)."""
    return bool(triton.knobs.runtime.interpret)


Piece = tuple[tuple[int, ...], torch.dtype]
"""Shape and dtype of a scratch tensor."""


class Scratch:
    """Cuts scratch tensors out of one buffer, or allocates them where no buffer is given.

    A buffer keeps addresses stable across calls and avoids the allocator; a call cuts the same pieces in the same order
    every time, so a buffer that was large enough once stays so for that shape. A call takes all that it needs at once,
    before its first launch: a buffer that is too short is found before anything is written.
    """

    def __init__(self, device: torch.device, buffer: torch.Tensor | None) -> None:
        self._device = device
        self._buffer = buffer
        self._used = 0

    def take(self, *pieces: Piece) -> list[torch.Tensor]:
        """Uninitialised tensors.

        Raises:
            WorkspaceTooSmall: the buffer is too short for all of them.
        """
        if self._buffer is None:
            return [torch.empty(shape, dtype=dtype, device=self._device) for shape, dtype in pieces]
        spans = []
        for shape, dtype in pieces:
            start = -(-self._used // ALIGN_BYTES) * ALIGN_BYTES
            self._used = start + math.prod(shape) * dtype.itemsize
            spans.append((start, self._used))
        if self._used > self._buffer.numel():
            raise WorkspaceTooSmall(self._buffer.numel(), self._used)
        return [
            self._buffer[start:stop].view(dtype).view(shape)
            for (start, stop), (shape, dtype) in zip(spans, pieces, strict=True)
        ]


def page_rows(cache: torch.Tensor, rows: int) -> TensorDescriptor:
    """TMA descriptor over a paged cache seen as `[tokens, channels]`, loading `[rows, 128]` pieces, or 64 pairs.

    The caches are contiguous, so token t of a page (and head) is line `page * 128 + t` (`(page * H + h) * 128 + t`).
    """
    width = cache.shape[-1]
    lines = cache.numel() // width
    return TensorDescriptor(cache, shape=[lines, width], strides=[width, 1], block_shape=[rows, min(DIM, width)])


def narrow(cache: torch.Tensor) -> bool:
    """Whether a cache holds fp8 values, which enter products as float16."""
    return cache.dtype.itemsize == 1


def pairs_of(cache: torch.Tensor) -> torch.Tensor:
    """A cache as its kernels load it: fp8 values as pairs of channels in an int16, which become float16 by twos."""
    return cache.view(torch.int16) if narrow(cache) else cache


def wide_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype in which products over a cache of some dtype are computed: its own, or float16 for fp8."""
    return torch.float16 if dtype.itemsize == 1 else dtype
