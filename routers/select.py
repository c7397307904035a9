"""Allowed candidates, best first. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routers.types import Access, DestinationId, ModelName, Plan, Target

_CLOSED = frozenset({Access.REVOKED, Access.HELD})


def order(
    candidates: tuple[Target, ...],
    allowed: Mapping[tuple[DestinationId, ModelName], bool],
    *,
    access: Callable[[Target], Access],
    is_healthy: Callable[[Target], bool],
) -> Plan:
    """Returns the allowed candidates that access is not withdrawn from. `candidates` are in the catalogue's order.

    Active and healthy ones come before suspect and unhealthy ones. Then the catalogue's first, the requested model's
    own place; then as the catalogue prefers, and among neighbours that offer the same model the cheaper first. A
    candidate that `allowed` does not name is not allowed.
    """
    runs = _runs(candidates)

    def rank(position: int) -> tuple[bool, bool, int, int, int]:
        target = candidates[position]
        price = target.destination.price
        doubtful = access(target) is not Access.ACTIVE or not is_healthy(target)
        cost = price.input_micro_usd + price.output_micro_usd
        return doubtful, position != 0, runs[position], cost, position

    open_to_us = [
        position
        for position, target in enumerate(candidates)
        if allowed.get((target.destination.id, target.model)) is True and access(target) not in _CLOSED
    ]
    return Plan(tuple(candidates[position] for position in sorted(open_to_us, key=rank)))


def _runs(candidates: tuple[Target, ...]) -> list[int]:
    """The number of the run of neighbours with the same model that each candidate belongs to."""
    runs: list[int] = []
    for position, target in enumerate(candidates):
        same = position > 0 and candidates[position - 1].model == target.model
        runs.append(runs[-1] + (not same) if runs else 0)
    return runs
