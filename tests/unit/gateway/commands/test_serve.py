"""What serving does with the memory the start took."""

from __future__ import annotations

import gc

import pytest

from gateway.commands.serve import spare_what_stays


@pytest.fixture
def stays() -> list[dict[str, int]]:
    """Objects like those of a start: many, and alive."""
    return [{"place": place} for place in range(1_000)]


def test_the_garbage_collector_no_longer_walks_what_the_start_made(stays: list[dict[str, int]]) -> None:
    tracked = [object_ for object_ in gc.get_objects() if object_ is stays]
    try:
        spare_what_stays()
        seen = any(object_ is stays for object_ in gc.get_objects())
        frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()
    assert tracked
    assert not seen
    assert frozen > len(stays)
