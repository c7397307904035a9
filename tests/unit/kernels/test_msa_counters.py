"""Counters that are zero between kernels: who gets which."""

import torch

from kernels.msa.counters import STREAM_CELLS, Stripes, zeroed_counters


def stripes(number: int) -> Stripes:
    return Stripes(torch.zeros(number, dtype=torch.int32))


def test_calls_of_a_stream_share_counters_and_streams_do_not() -> None:
    shared = stripes(4 * STREAM_CELLS)
    first, again, other = shared.of_stream(7, 10), shared.of_stream(7, STREAM_CELLS), shared.of_stream(8, 10)
    assert first is not None
    assert again is not None
    assert other is not None
    first.fill_(1)
    assert again.data_ptr() == first.data_ptr()
    assert not other.any()


def test_counters_of_a_captured_call_are_never_given_again() -> None:
    shared = stripes(1024)
    given = [shared.own(33) for _ in range(17)]
    assert given[16] is None
    for i_call, cells in enumerate(given[:16]):
        assert cells is not None
        assert cells.numel() >= 33
        assert not cells.any()
        cells.fill_(i_call + 1)


def test_a_stream_gets_none_where_it_needs_more_than_its_share_or_all_are_given() -> None:
    shared = stripes(STREAM_CELLS)
    assert shared.of_stream(1, STREAM_CELLS + 1) is None
    assert shared.own(1) is not None
    assert shared.of_stream(1, 1) is None


def test_without_a_gpu_counters_are_made_for_the_call() -> None:
    one, other = (zeroed_counters(torch.device("cpu"), 5) for _ in range(2))
    one.fill_(1)
    assert not other.any()
