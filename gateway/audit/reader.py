"""Reads the log for people: pages of entries, newest first, one entry, all entries of one request.

Connections are read-only twice over (opened `mode=ro`, and `query_only`), so nothing here can change a record. Pages
are keyset pages: the cursor is a sequence number, and the millionth page costs what the first one does. Methods block
on the disk; call them off the event loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, and_, create_engine, func, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from gateway.audit.errors import EntryNotFound, LogUnreadable
from gateway.audit.lookup import connect_reader
from gateway.audit.record import BatchChange
from gateway.audit.state_files import DATABASE
from gateway.audit.store_schema import checkpoint, entry, entry_rule

PAGE_ENTRIES = 50
PAGE_ENTRIES_MAX = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to show; `None` means any. Times are UTC milliseconds, `since_ms` included, `until_ms` not.

    `result` is the ending of an outcome, the code of a refusal, the state after an access change or the action on a
    key or a batch. `batch` is the id of a batch: its own entries, and those of its lines, the ids of
    which begin with it. A filter on a column that a kind of record does not have leaves that kind out.
    """

    kind: str | None = None
    result: str | None = None
    level: str | None = None
    destination: str | None = None
    tenant: str | None = None
    app: str | None = None
    key_id: str | None = None
    request_id: str | None = None
    batch: str | None = None
    model_requested: str | None = None
    rule: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored. `body` is the canonical JSON, the bytes that were hashed; the rest repeats it."""

    seq: int
    at_ms: int
    kind: str
    request_id: str | None
    attempt_id: str | None
    tenant: str | None
    app: str | None
    key_id: str | None
    destination: str | None
    level: str | None
    result: str | None
    model_requested: str | None
    leaf: bytes
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first. `older` and `newer` are the cursors of the neighbouring pages, `None` at the ends."""

    entries: tuple[StoredEntry, ...]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as stored. `at_ms` is not signed."""

    size: int
    at_ms: int
    note: str


class Reader:
    """The read side of one log. Safe to use from several threads."""

    def __init__(self, directory: Path) -> None:
        """Reads the log in this state directory. Connects on first use."""
        path = directory / DATABASE
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: connect_reader(path),
            poolclass=QueuePool,
            pool_size=4,
            pool_reset_on_return="rollback",
        )

    def page(
        self, wanted: Filter, *, before: int | None = None, after: int | None = None, limit: int = PAGE_ENTRIES
    ) -> Page:
        """Returns the newest matching entries with `seq < before`, or the page that ends just above `after`.

        Raises:
            LogUnreadable: the database is missing or cannot be read.
        """
        count = max(1, min(limit, PAGE_ENTRIES_MAX))
        query = select(entry).where(*_conditions(wanted)).limit(count + 1)
        if after is not None:
            query = query.where(entry.c.seq > after).order_by(entry.c.seq.asc())
        elif before is not None:
            query = query.where(entry.c.seq < before).order_by(entry.c.seq.desc())
        else:
            query = query.order_by(entry.c.seq.desc())
        with self._connection() as connection:
            rows = [_stored(row) for row in connection.execute(query)]
        return _cut(rows, count, before=before, after=after)

    def entry(self, seq: int) -> StoredEntry:
        """Returns one entry.

        Raises:
            EntryNotFound: the log has no such entry.
            LogUnreadable: the database is missing or cannot be read.
        """
        with self._connection() as connection:
            row = connection.execute(select(entry).where(entry.c.seq == seq)).one_or_none()
        if row is None:
            raise EntryNotFound("the log has no such entry")
        return _stored(row)

    def of_request(self, request_id: str, *, limit: int = PAGE_ENTRIES_MAX) -> tuple[StoredEntry, ...]:
        """Returns the entries of one request in the order they were written. Raises `LogUnreadable`."""
        query = select(entry).where(entry.c.request_id == request_id).order_by(entry.c.seq).limit(limit)
        with self._connection() as connection:
            return tuple(_stored(row) for row in connection.execute(query))

    def size(self) -> int:
        """Returns the number of entries. Raises `LogUnreadable`."""
        with self._connection() as connection:
            return int(connection.execute(select(func.coalesce(func.max(entry.c.seq) + 1, 0))).scalar_one())

    def last_checkpoint(self) -> SignedCheckpoint | None:
        """Returns the newest checkpoint, if there is one. Raises `LogUnreadable`."""
        query = select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)
        with self._connection() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else SignedCheckpoint(row.size, row.at_ms, row.note)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except OperationalError:
            raise LogUnreadable("the audit log cannot be read") from None


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    equal = {
        entry.c.kind: wanted.kind,
        entry.c.result: wanted.result,
        entry.c.level: wanted.level,
        entry.c.destination: wanted.destination,
        entry.c.tenant: wanted.tenant,
        entry.c.app: wanted.app,
        entry.c.key_id: wanted.key_id,
        entry.c.request_id: wanted.request_id,
        entry.c.model_requested: wanted.model_requested,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.batch is not None:
        # "." follows "-" in ASCII: all that begins with the id and a hyphen, as a range that the index serves.
        lines = and_(entry.c.request_id >= f"{wanted.batch}-", entry.c.request_id < f"{wanted.batch}.")
        own = and_(entry.c.request_id == wanted.batch, entry.c.kind == BatchChange.kind)
        conditions.append(or_(own, lines))
    if wanted.since_ms is not None:
        conditions.append(entry.c.at_ms >= wanted.since_ms)
    if wanted.until_ms is not None:
        conditions.append(entry.c.at_ms < wanted.until_ms)
    if wanted.rule is not None:
        conditions.append(entry.c.seq.in_(select(entry_rule.c.seq).where(entry_rule.c.rule == wanted.rule)))
    return conditions


def _stored(row: Row[tuple[object, ...]]) -> StoredEntry:
    return StoredEntry(**row._mapping)  # noqa: SLF001  (`_mapping` is SQLAlchemy's public name for it)


def _cut(rows: list[StoredEntry], count: int, *, before: int | None, after: int | None) -> Page:
    """Drops the row that was read only to learn whether there is more, and names the neighbouring pages."""
    more, rows = len(rows) > count, rows[:count]
    if after is not None:
        rows.reverse()
    if not rows:
        return Page((), None, None)
    has_older = more if after is None else True
    has_newer = more if after is not None else before is not None
    return Page(tuple(rows), rows[-1].seq if has_older else None, rows[0].seq if has_newer else None)
