"""What the log holds of one request, read without SQLAlchemy."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.errors import LogUnreadable
from gateway.audit.lookup import RequestLookup, connect_reader
from gateway.audit.reader import Reader
from gateway.audit.state_files import DATABASE
from tests.unit.gateway.audit.samples import finished_log, refusal


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log")
    finished_log(path, (refusal(70),), exchanges=3)
    return path


@pytest.fixture
def lookup(directory: Path) -> Iterator[RequestLookup]:
    lookup = RequestLookup(directory)
    yield lookup
    lookup.close()


def test_entries_of_a_request_are_those_that_people_read(lookup: RequestLookup, directory: Path) -> None:
    reader = Reader(directory)
    requests = {seq: reader.entry(seq).request_id for seq in range(reader.size())}
    assert len(set(requests.values())) == 4
    for request_id in requests.values():
        assert request_id is not None
        read = [(entry.kind, entry.attempt_id, entry.body) for entry in reader.of_request(request_id)]
        assert [(one.kind, one.attempt_id, one.body) for one in lookup.of_request(request_id)] == read
    reader.close()


def test_a_request_that_was_never_made_has_none(lookup: RequestLookup) -> None:
    assert lookup.of_request("req_none") == ()


def test_it_connects_again_after_it_was_closed(lookup: RequestLookup) -> None:
    lookup.close()
    assert lookup.of_request("req_none") == ()


def test_a_log_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable):
        RequestLookup(tmp_path).of_request("req_none")
    assert not (tmp_path / DATABASE).exists()


def test_nothing_can_be_changed_through_it(directory: Path) -> None:
    connection = connect_reader(directory / DATABASE)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM entry")
    connection.close()


def test_the_serving_process_loads_nothing_that_only_people_read_with() -> None:
    """In a process of its own: what other tests loaded before would count."""
    heavy = ("sqlalchemy", "redis", "boto3", "litellm")
    code = f"import sys, gateway.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
