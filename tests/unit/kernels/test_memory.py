"""The watch over kernels' memory sees what lies outside their tensors, and nothing else."""

import pytest
import torch
import triton
import triton.language as tl
from triton.runtime.errors import InterpreterError
from triton.tools.tensor_descriptor import TensorDescriptor

from kernels.cases import Shape, make_batch
from kernels.msa import ScoredIndex, decode_index
from tests.unit.kernels.memory import Watch


@triton.jit
def copy_kernel(p_in, p_out, size, width: tl.constexpr):
    """Copy `size` of at most `width` values."""
    o = tl.arange(0, width)
    tl.store(p_out + o, tl.load(p_in + o, mask=o < size, other=0.0), mask=o < size)


@triton.jit
def count_kernel(p_count, place):
    """Count a place up."""
    tl.atomic_add(p_count + place, 1)


@triton.jit
def copy_block_kernel(d_in, p_out, start, width: tl.constexpr):
    """Copy a block by descriptor."""
    tl.store(p_out + tl.arange(0, width), tl.reshape(d_in.load([start, 0]), [width]))


def test_what_is_masked_out_is_not_touched(memory: Watch) -> None:
    out = torch.zeros(5)
    copy_kernel[(1,)](torch.arange(5.0), out, 5, width=8)
    assert out.tolist() == [0, 1, 2, 3, 4]
    assert memory.touched == 10


@pytest.mark.parametrize(("given", "taken"), [(6, 5), (5, 6)], ids=["store", "load"])
def test_one_value_too_many_is_seen(given: int, taken: int) -> None:
    """Whichever end is short."""
    with pytest.raises(InterpreterError, match="1 of 6 addresses lie outside the tensors"):
        copy_kernel[(1,)](torch.arange(8.0)[:given], torch.zeros(8)[:taken], 6, width=8)


def test_pieces_of_one_buffer_do_not_count_for_each_other() -> None:
    buffer = torch.zeros(64)
    copy_kernel[(1,)](torch.ones(8), buffer[8:16], 8, width=8)
    with pytest.raises(InterpreterError, match="store: 4 of 8"):
        copy_kernel[(1,)](torch.ones(8), buffer[8:12], 8, width=8)


def test_atomics_are_seen() -> None:
    count = torch.zeros(4, dtype=torch.int32)
    count_kernel[(1,)](count, 3)
    with pytest.raises(InterpreterError, match="atomic_rmw: 1 of 1"):
        count_kernel[(1,)](count, 4)
    assert count.tolist() == [0, 0, 0, 1]


def test_descriptors_clip() -> None:
    """A block that reaches over the end is clipped; one whose descriptor says more than there is, is seen."""
    rows, out = torch.ones(6, 4), torch.full((16,), 7.0)
    copy_block_kernel[(1,)](TensorDescriptor(rows, [6, 4], [4, 1], [4, 4]), out, 4, width=16)
    assert out.tolist() == [1.0] * 8 + [0.0] * 8
    with pytest.raises(InterpreterError, match="load: 4 of 12"):
        copy_block_kernel[(1,)](TensorDescriptor(rows, [7, 4], [4, 1], [4, 4]), out, 4, width=16)


def test_a_page_that_does_not_exist_is_seen() -> None:
    batch = make_batch(Shape(q_lens=[1], prefix_lens=[2500]), seed=70)
    decode_index(*batch.index_args[:5], plan=ScoredIndex(tma=0))
    batch.block_table[0, 3] = -5
    with pytest.raises(InterpreterError, match="lie outside"):
        decode_index(*batch.index_args[:5], plan=ScoredIndex(tma=0))
