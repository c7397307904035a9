"""Pages of entries for people."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from gateway.audit.errors import EntryNotFound, LogUnreadable
from gateway.audit.reader import Filter, Reader, StoredEntry
from gateway.audit.record import BatchChange, Record
from gateway.audit.store_schema import metadata
from tests.unit.gateway.audit.samples import ACCESS, KEY, finished_log, opened, outcome, refusal, rows, subject

RECORDS: tuple[Record, ...] = (refusal(70), refusal(71, rule="US-RES-2"), ACCESS, KEY)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Entries 0-19: ten exchanges; 20 and 21: refusals; 22: an access change; 23: a key change."""
    path = tmp_path_factory.mktemp("log")
    finished_log(path, RECORDS, exchanges=10)
    return path


@pytest.fixture
def reader(directory: Path) -> Iterator[Reader]:
    reader = Reader(directory)
    yield reader
    reader.close()


def numbers(entries: tuple[StoredEntry, ...]) -> list[int]:
    return [entry.seq for entry in entries]


def test_pages_go_from_the_newest_to_the_oldest_and_back(reader: Reader) -> None:
    first = reader.page(Filter(), limit=10)
    second = reader.page(Filter(), before=first.older, limit=10)
    third = reader.page(Filter(), before=second.older, limit=10)
    assert numbers(first.entries + second.entries + third.entries) == list(range(23, -1, -1))
    assert (first.newer, third.older) == (None, None)
    assert reader.page(Filter(), after=third.newer, limit=10) == second
    assert numbers(reader.page(Filter(), after=second.newer, limit=10).entries) == numbers(first.entries)
    assert reader.page(Filter(), after=second.newer, limit=10).newer is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(kind="refusal"), [21, 20]),
        (Filter(kind="intent", request_id="req-3"), [6]),
        (Filter(request_id="req-3"), [7, 6]),
        (Filter(result="policy_denied"), [21, 20]),
        (Filter(result="revoked"), [22]),
        (Filter(result="created"), [23]),
        (Filter(destination="us-closed"), [22]),
        (Filter(level="confidential", kind="refusal"), [21, 20]),
        (Filter(level="public"), []),
        (Filter(tenant="acme", app="notes", kind="key"), [23]),
        (Filter(tenant="nobody"), []),
        (Filter(key_id="key-2"), [23]),
        (Filter(rule="US-RES-2"), [21]),
        (Filter(rule="CN-NIL-7"), [20]),
        (Filter(rule="US-RES-1", kind="refusal"), [21, 20]),
        (Filter(batch="req"), list(range(21, -1, -1))),
        (Filter(batch="req", kind="refusal"), [21, 20]),
        (Filter(batch="re"), []),
        (Filter(batch="req-3"), []),
        (Filter(model_requested="gpt-x", kind="refusal"), [21, 20]),
        (Filter(until_ms=0), []),
        (Filter(since_ms=0, kind="access"), [22]),
        (Filter(tenant="' OR 1=1 --"), []),
    ],
)
def test_a_filter_shows_what_it_names(reader: Reader, wanted: Filter, found: list[int]) -> None:
    assert numbers(reader.page(wanted).entries) == found


def test_a_time_range_includes_its_start_and_not_its_end(reader: Reader) -> None:
    at_ms = reader.entry(22).at_ms
    assert 22 in numbers(reader.page(Filter(since_ms=at_ms, until_ms=at_ms + 1)).entries)
    assert 22 not in numbers(reader.page(Filter(until_ms=at_ms)).entries)


@pytest.mark.parametrize(("limit", "count"), [(-1, 1), (0, 1), (5, 5), (10_000, 24)])
def test_a_page_is_bounded(reader: Reader, limit: int, count: int) -> None:
    assert len(reader.page(Filter(), limit=limit).entries) == count


def test_an_empty_page_has_no_neighbours(reader: Reader) -> None:
    page = reader.page(Filter(tenant="nobody"))
    assert (page.entries, page.older, page.newer) == ((), None, None)


def test_one_entry_and_all_entries_of_its_request_are_found(reader: Reader) -> None:
    assert reader.entry(6).kind == "intent"
    assert numbers(reader.of_request("req-3")) == [6, 7]
    assert reader.size() == 24
    checkpoint = reader.last_checkpoint()
    assert checkpoint is not None
    assert checkpoint.size == 24
    with pytest.raises(EntryNotFound):
        reader.entry(24)


def test_a_reader_cannot_change_the_log(reader: Reader, directory: Path) -> None:
    with reader._engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM entry"))
    assert rows(directory, "SELECT count(*) FROM entry") == [(24,)]


def test_a_missing_log_is_a_typed_error(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with pytest.raises(LogUnreadable):
        reader.page(Filter())


async def test_a_reader_sees_what_has_been_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        reader = Reader(tmp_path)
        for number in range(5):
            await log.append(refusal(number))
            assert await asyncio.to_thread(reader.size) == number + 1
        reader.close()


def test_the_tables_of_readers_are_the_tables_of_the_writer(directory: Path) -> None:
    for table in metadata.sorted_tables:
        stored = rows(directory, f"SELECT name, type, pk > 0 FROM pragma_table_info('{table.name}')")
        declared = [(c.name, str(c.type), int(c.primary_key)) for c in table.columns]
        assert stored == declared
    assert [field.name for field in fields(StoredEntry)] == [c.name for c in metadata.tables["entry"].columns]


@pytest.mark.parametrize("column", ["request_id", "destination", "level", "tenant", "kind"])
def test_filters_that_people_use_most_are_indexed(directory: Path, column: str) -> None:
    plan = rows(directory, f"EXPLAIN QUERY PLAN SELECT * FROM entry WHERE {column} = 'x' ORDER BY seq DESC LIMIT 51")
    assert "USING INDEX" in str(plan[0][3])


def test_a_batch_is_found_with_its_lines_and_nothing_that_only_looks_like_it(tmp_path: Path) -> None:
    changes = [BatchChange("b1", "acme", "notes", "key-1", action) for action in ("ordered", "taken", "ended")]
    others = [
        refusal(9),
        BatchChange("b10", "acme", "notes", "key-1", "ordered"),
        replace(refusal(0), subject=replace(subject(0), request_id="b1")),
    ]
    lines = [replace(refusal(0), subject=replace(subject(0), request_id=one)) for one in ("b1-0", "b1-0-1", "b10-0")]
    finished_log(tmp_path, (*changes, *others, *lines), exchanges=0)
    reader = Reader(tmp_path)
    assert numbers(reader.page(Filter(batch="b1")).entries) == [7, 6, 2, 1, 0]
    assert numbers(reader.page(Filter(batch="b1", kind="batch")).entries) == [2, 1, 0]
    assert numbers(reader.page(Filter(kind="batch", result="ended")).entries) == [2]
    reader.close()


def test_the_entries_of_a_batch_are_indexed(directory: Path, reader: Reader) -> None:
    asked: list[str] = []
    event.listen(reader._engine, "before_cursor_execute", lambda *parts: asked.append(parts[2]))
    reader.page(Filter(batch="b"))
    values = ["b", "batch", "b-", "b.", 51, 0]
    connection = sqlite3.connect(directory / "audit.sqlite3")
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {asked[-1]}", values).fetchall())
    connection.close()
    assert plan.count("USING INDEX entry_by_request") == 2
    assert "SCAN" not in plan


def test_the_write_side_never_loads_sqlalchemy() -> None:
    script = "import sys, gateway.audit.log; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_outcome_is_found_by_how_it_ended(tmp_path: Path) -> None:
    finished_log(tmp_path, (outcome(9, 0, ending="cut"),), exchanges=1)
    with closing(Reader(tmp_path)) as reader:
        assert numbers(reader.page(Filter(result="cut")).entries) == [2]
