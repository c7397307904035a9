"""Dense decode attention against its definition, in Triton's interpreter."""

import pytest
import torch

from kernels.cases import relative_error
from kernels.dense import dense_decode
from kernels.dense.naive import dense_decode as defined
from kernels.msa.errors import KernelArgumentError

Operands = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def operands(lens: list[int]) -> Operands:
    """Two KV heads, four query heads, three blocks of 64 a request."""
    torch.manual_seed(1)
    kv = torch.randn(3 * len(lens), 2, 64, 256).half()
    table = torch.randperm(len(kv)).int().view(len(lens), 3)
    return torch.randn(len(lens), 4, 128).half(), kv, table, torch.tensor(lens, dtype=torch.int32)


@pytest.mark.parametrize("lens", [[192], [1, 64, 65], [130, 0, 7]], ids=str)
def test_attends_as_the_definition_does(lens: list[int]) -> None:
    given = operands(lens)
    out = dense_decode(*given)
    assert relative_error(out, defined(*given)) < 2e-3
    assert not out[[length == 0 for length in lens]].any()


@pytest.mark.parametrize("place", range(4))
def test_an_operand_that_does_not_fit_is_refused(place: int) -> None:
    given = list(operands([100, 3]))
    given[place] = given[place][..., :1]
    with pytest.raises(KernelArgumentError):
        dense_decode(*given)
