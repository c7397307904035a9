"""Watches what kernels touch in Triton's interpreter: no address outside the tensors that a launch was given.

What compute-sanitizer's memcheck asks on a GPU, asked of every kernel test: each address of a load, store or atomic
that is not masked out must lie inside one of the launch's tensors. A tensor is its elements, not its storage: pieces of
one scratch buffer do not count for each other. Copies by descriptor count with what the descriptor does not clip.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from triton.runtime import interpreter
from triton.tools.tensor_descriptor import TensorDescriptor


class OutsideError(Exception):
    """A kernel touched memory that is none of its tensors'."""


def bytes_of(tensor: torch.Tensor) -> tuple[int, int]:
    """First address of a tensor's elements, and the one after the last."""
    if tensor.numel() == 0:
        return tensor.data_ptr(), tensor.data_ptr()
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.data_ptr(), tensor.data_ptr() + (last + 1) * tensor.element_size()


class Watch:
    """The memory of the launch that runs, and of `shared` tensors, whose addresses kernels find in memory."""

    def __init__(self) -> None:
        self.shared: list[torch.Tensor] = []
        self.touched = 0
        self._starts = np.zeros(0, np.uint64)
        self._ends = np.zeros(0, np.uint64)

    def launch(self, arguments: Iterator[object]) -> None:
        """Forget the launch before; these are the arguments of the next."""
        tensors = [each.base if isinstance(each, TensorDescriptor) else each for each in arguments]
        spans = [bytes_of(each) for each in (*tensors, *self.shared) if isinstance(each, torch.Tensor)]
        spans.sort()
        self._starts = np.array([start for start, _ in spans], np.uint64)
        # Of tensors that share memory the widest counts.
        self._ends = np.maximum.accumulate(np.array([end for _, end in spans], np.uint64)) if spans else self._starts

    def check(self, what: str, pointers: Any, mask: Any) -> None:
        """Look at one access.

        Raises:
            OutsideError: an address that is not masked out is none of the launch's.
        """
        size = math.ceil(pointers.get_element_ty().primitive_bitwidth / 8)
        keep = np.broadcast_to(np.asarray(mask, bool), np.shape(pointers.data))
        address = np.asarray(pointers.data, np.uint64)[keep]
        self.touched += address.size
        place = np.searchsorted(self._starts, address, side="right")
        inside = (place > 0) & (address + np.uint64(size) <= self._ends[np.maximum(place, 1) - 1])
        if not inside.all():
            raise OutsideError(f"{what}: {int((~inside).sum())} of {address.size} addresses lie outside the tensors")


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch every kernel that is interpreted inside the block."""
    watch = Watch()
    builder, executor = interpreter.InterpreterBuilder, interpreter.GridExecutor
    arguments = executor._init_args_hst

    def with_arguments(self: Any, args: Any, kwargs: Any) -> Any:
        found, named = arguments(self, args, kwargs)
        watch.launch(iter([*found, *named.values()]))
        return found, named

    def around(name: str, mask_at: int | None) -> Any:
        before = getattr(builder, name)

        def access(self: Any, *args: Any, **kwargs: Any) -> Any:
            pointers = args[1] if name == "create_atomic_rmw" else args[0]
            watch.check(name.removeprefix("create_"), pointers, True if mask_at is None else args[mask_at].data)
            return before(self, *args, **kwargs)

        return access

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executor, "_init_args_hst", with_arguments)
        for name, mask_at in (
            ("create_masked_load", 1),
            ("create_masked_store", 2),
            ("create_atomic_rmw", 3),
            ("create_atomic_cas", None),
        ):
            patch.setattr(builder, name, around(name, mask_at))
        yield watch
