"""How a batch gets on: what its next line is, how a line ended, and that the batch has. Each step is durable."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from gateway.batch.chronicle import Chronicle
from gateway.batch.documents import (
    STEP,
    Vaulted,
    change_batch,
    change_file,
    keep_ended,
    kept_batch,
    label_of,
    read_batch,
    read_file,
)
from gateway.batch.lines import line_of
from gateway.batch.nouns import (
    OPEN,
    Batch,
    BatchId,
    Counts,
    Ending,
    FileId,
    Lease,
    Line,
    Place,
    Problem,
    Result,
    State,
    Surface,
)
from gateway.batch.results import unsent
from gateway.clock import Clock
from gateway.errors import StateUnreadable
from gateway.types import RequestId
from gateway.vault.archive import Archive, Document

_logger = logging.getLogger(__name__)
_LOST = Problem("input_lost", "The lines of this batch are not kept any more.", None)


@dataclass(frozen=True, slots=True)
class Step:
    """The batch as it is now, and one of its lines, `None` when there is nothing to be done about that."""

    batch: Batch
    line: Line | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A line that was claimed and has no result. `claimant` is the gateway that claimed it."""

    number: int
    line: Line
    claimant: str


class Progress:
    """Every method raises `VaultUnavailable` or `StateUnreadable` when the vault cannot be used."""

    def __init__(self, vault: Vaulted, chronicle: Chronicle, clock: Clock, ttl_ms: int) -> None:
        """`ttl_ms` is how long results are kept at most, from when the batch ends."""
        self._vault = vault
        self._chronicle = chronicle
        self._clock = clock
        self._ttl_ms = ttl_ms

    async def open(self) -> list[tuple[Place, Batch]]:
        """Returns all batches that have not ended, the oldest first."""
        now_ms = self._clock.now_ms()
        documents = await self._vault.archived(
            lambda archive: [one for surface in Surface for one in archive.pending(surface, now_ms)]
        )
        found = [one for document in documents for one in _readable(document)]
        return sorted(found, key=lambda one: one[1].created_ms)

    async def step(self, place: Place, number: int) -> Step:
        """Returns the line with this number, counted from 0, unless it has a result or is not kept any more."""
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> Step:
            _, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
            lines = _lines_without_result(archive, place.owner, batch, [number], now_ms)
            return Step(batch, lines.get(number))

        return await self._vault.archived(work)

    async def claim(self, place: Place, number: int, lease: Lease) -> Step:
        """Returns the line with this number, which from then on no other gateway sends; `None` as in `step`.

        There is none either when the batch does not run, or not under this lease.
        """
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> Step:
            document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
            if not runs(batch, lease, now_ms):
                return Step(batch, None)
            line = _lines_without_result(archive, place.owner, batch, [number], now_ms).get(number)
            if line is not None:
                archive.add(document, [(number, lease.holder.encode())])
            return Step(batch, line)

        return await self._vault.archived(work)

    async def leftovers(self, place: Place, total: int) -> AsyncIterator[Leftover]:
        """Yields the lines that were claimed before, by whomever, and have no result."""
        for first in range(0, total, STEP):
            numbers, now_ms = range(first, min(first + STEP, total)), self._clock.now_ms()
            for leftover in await self._vault.archived(
                partial(_leftovers, place=place, numbers=numbers, now_ms=now_ms)
            ):
                yield leftover

    async def settle(self, place: Place, number: int, result: Result) -> None:
        """Makes durable how a line ended. The first result counts."""
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> None:
            document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
            if number in _lines_without_result(archive, place.owner, batch, [number], now_ms):
                _settle(archive, document, batch, {number: result}, now_ms)

        await self._vault.archived(work)

    async def finish(self, place: Place, total: int, lease: Lease) -> None:
        """Ends the batch. What has no result ends as cancelled, if the batch is being cancelled, or as expired.

        A batch whose lines were destroyed has failed. Its files can be read from then on. Its end is recorded first:
        if the gateway dies in between it is recorded again. Nothing is done when the lease is somebody else's.

        Raises `AuditUnavailable` as well: the batch has not ended.
        """
        for first in range(0, total, STEP):
            numbers, now_ms = range(first, min(first + STEP, total)), self._clock.now_ms()
            work = partial(_end_rest, place=place, lease=lease, numbers=numbers, now_ms=now_ms)
            await self._vault.archived(work)
        now_ms = self._clock.now_ms()
        batch = await self._vault.archived(
            lambda archive: kept_batch(archive, place.owner, place.surface, place.id, now_ms)[1]
        )
        if not _is_held(batch, lease):
            return
        ended = self._ended(batch, now_ms)
        until_ms = self._until_ms(batch, now_ms)
        await self._chronicle.ended(place.owner, ended, until_ms)
        await self._vault.archived(lambda archive: _end(archive, place, lease, ended, until_ms))

    def _ended(self, batch: Batch, now_ms: int) -> Batch:
        state = _ended_as(batch)
        problems = (_LOST,) if state is State.FAILED else ()
        return replace(batch, state=state, ended_ms=now_ms, problems=problems)

    def _until_ms(self, batch: Batch, now_ms: int) -> int:
        return now_ms + min(self._ttl_ms, batch.output_ttl_ms or self._ttl_ms)


def runs(batch: Batch, lease: Lease, now_ms: int) -> bool:
    """Whether a further line of a batch may begin under a lease."""
    return batch.state is State.RUNNING and now_ms < batch.deadline_ms and _is_held(batch, lease)


def _is_held(batch: Batch, lease: Lease) -> bool:
    return batch.state in OPEN and lease.holds(batch.lease)


def _leftovers(archive: Archive, *, place: Place, numbers: range, now_ms: int) -> list[Leftover]:
    document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
    claims = archive.pieces(document, numbers)
    lines = _lines_without_result(archive, place.owner, batch, claims, now_ms)
    return [Leftover(number, lines[number], claims[number].decode()) for number in sorted(lines)]


def _end(archive: Archive, place: Place, lease: Lease, ended: Batch, until_ms: int) -> None:
    now_ms = ended.ended_ms or 0
    document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
    if not _is_held(batch, lease):
        return
    counts = batch.counts
    _publish(archive, place.owner, batch.output_id, counts.output_bytes, now_ms, until_ms, batch)
    if batch.error_id is not None:
        _publish(archive, place.owner, batch.error_id, counts.error_bytes, now_ms, until_ms, batch)
    _release(archive, place.owner, batch, now_ms)
    ended = replace(ended, lease=batch.lease, cancelling_ms=batch.cancelling_ms)
    keep_ended(archive, document, ended, until_ms, now_ms)
    archive.set_pending(document, pending=False)


def _readable(document: Document) -> Iterator[tuple[Place, Batch]]:
    """One batch that another release wrote must not keep the others from being run."""
    try:
        batch = read_batch(document)
    except StateUnreadable:
        _logger.error("a batch has a form that is not known and is left as it is")  # noqa: TRY400
        return
    yield Place(document.label.owner, batch.surface, batch.id), batch


def request_id_of(batch_id: BatchId, number: int, attempt: int = 0) -> RequestId:
    """Returns the id under which a line is in the audit log: the batch's, the line's number from 0, the later try's."""
    return RequestId(f"{batch_id}-{number}" + (f"-{attempt}" if attempt else ""))


def _lines_without_result(
    archive: Archive, owner: str, batch: Batch, numbers: Iterable[int], now_ms: int
) -> dict[int, Line]:
    wanted = list(numbers)
    source = archive.read(label_of(owner, batch.input_id), now_ms)
    if source is None:
        return {}
    for file_id in (batch.output_id, batch.error_id):
        file = None if file_id is None else archive.read(label_of(owner, file_id), now_ms)
        done = {} if file is None else archive.pieces(file, wanted)
        wanted = [number for number in wanted if number not in done]
    return {number: line_of(piece) for number, piece in archive.pieces(source, wanted).items()}


def _end_rest(archive: Archive, *, place: Place, lease: Lease, numbers: range, now_ms: int) -> None:
    document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
    if not _is_held(batch, lease):
        return
    rest = Ending.CANCELLED if batch.state is State.CANCELLING else Ending.EXPIRED
    lines = _lines_without_result(archive, place.owner, batch, numbers, now_ms)
    results = {number: unsent(batch, line, request_id_of(batch.id, number), rest) for number, line in lines.items()}
    if results:
        _settle(archive, document, batch, results, now_ms)


def _ended_as(batch: Batch) -> State:
    if batch.counts.ended < batch.total:
        return State.FAILED
    if batch.state is State.CANCELLING:
        return State.CANCELLED
    return State.EXPIRED if batch.counts.expired else State.COMPLETED


def _settle(archive: Archive, document: Document, batch: Batch, results: dict[int, Result], now_ms: int) -> None:
    owner = document.label.owner
    for file_id, good in ((batch.output_id, True), (batch.error_id, False)):
        pieces = [(number, one.piece) for number, one in results.items() if _goes_out(batch, one) is good]
        file = None if file_id is None or not pieces else archive.read(label_of(owner, file_id), now_ms)
        if file is not None:
            archive.add(file, pieces)
    change_batch(archive, document, replace(batch, counts=_counted(batch, results)), now_ms)


def _goes_out(batch: Batch, result: Result) -> bool:
    """Whether a result belongs in the output file rather than the error file."""
    return batch.error_id is None or result.ending is Ending.SUCCEEDED


def _counted(batch: Batch, results: dict[int, Result]) -> Counts:
    def number(ending: Ending) -> int:
        return sum(one.ending is ending for one in results.values())

    def size(*, good: bool) -> int:
        return sum(len(one.piece) for one in results.values() if _goes_out(batch, one) is good)

    counts = batch.counts
    return Counts(
        succeeded=counts.succeeded + number(Ending.SUCCEEDED),
        errored=counts.errored + number(Ending.ERRORED),
        cancelled=counts.cancelled + number(Ending.CANCELLED),
        expired=counts.expired + number(Ending.EXPIRED),
        output_bytes=counts.output_bytes + size(good=True),
        error_bytes=counts.error_bytes + size(good=False),
    )


def _release(archive: Archive, owner: str, batch: Batch, now_ms: int) -> None:
    """An uploaded file is its owner's again. Nobody can ask for the requests of a message batch: they are destroyed."""
    source = archive.read(label_of(owner, batch.input_id), now_ms)
    if source is None:
        return
    if batch.surface is Surface.ANTHROPIC:
        archive.destroy(source, now_ms)
        return
    file = read_file(source)
    readers = tuple(one for one in file.readers if one != batch.id)
    change_file(archive, source, replace(file, readers=readers), now_ms)


def _publish(
    archive: Archive, owner: str, file_id: FileId, size_bytes: int, now_ms: int, until_ms: int, batch: Batch
) -> None:
    """An empty file of OpenAI's is none."""
    document = archive.read(label_of(owner, file_id), now_ms)
    if document is None:
        return
    if size_bytes == 0 and batch.surface is Surface.OPENAI:
        archive.destroy(document, now_ms)
        return
    file = replace(read_file(document), size_bytes=size_bytes, ready=True, created_ms=now_ms, expires_ms=until_ms)
    change_file(archive, document, file, now_ms)
