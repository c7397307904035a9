"""Several answers to one request, drawn side by side in one batch and told apart by their number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from selfhost.serve.events import Ended, Event

Events = AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class Said:
    """An event of the answer with this number, counted from 0."""

    choice: int
    event: Event


Choices = AsyncGenerator[Said, None]


async def side_by_side(answers: Sequence[Events]) -> Choices:
    """Yields what happens in all answers as it happens; nothing before every one of them has begun.

    So a request whose last answer finds the engine full is refused as a whole, before anything was said. Closing it, or
    an error in one, closes all. Raises what they raise.
    """
    waiting: dict[asyncio.Future[Event | None], int] = {}
    try:
        begun = await _begun(answers, waiting)
        for choice, first in enumerate(begun):
            yield Said(choice, first)
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for choice, task in sorted((waiting.pop(task), task) for task in done):
                event = task.result()
                if event is not None:
                    yield Said(choice, event)
                    _expect(answers, choice, event, waiting)
    finally:
        await _close(answers, waiting)


async def _begun(answers: Sequence[Events], waiting: dict[asyncio.Future[Event | None], int]) -> list[Event]:
    """The first event of each; the second ones are waited for from then on."""
    for choice in range(len(answers)):
        waiting[_next(answers, choice)] = choice
    firsts = await asyncio.gather(*waiting)
    waiting.clear()
    begun = [event for event in firsts if event is not None]
    for choice, event in enumerate(begun):
        _expect(answers, choice, event, waiting)
    return begun


def _expect(
    answers: Sequence[Events], choice: int, last: Event, waiting: dict[asyncio.Future[Event | None], int]
) -> None:
    if not isinstance(last, Ended):
        waiting[_next(answers, choice)] = choice


def _next(answers: Sequence[Events], choice: int) -> asyncio.Future[Event | None]:
    async def following() -> Event | None:
        return await anext(answers[choice], None)

    return asyncio.ensure_future(following())


async def _close(answers: Sequence[Events], waiting: dict[asyncio.Future[Event | None], int]) -> None:
    """Ends what is waited for before closing: a generator that runs cannot be closed."""
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for answer in answers:
        await answer.aclose()
