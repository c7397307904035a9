"""What is kept comes back to whom it belongs, for as long as it may, and under the right key only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import StartupError, StateUnreadable, VaultUnavailable
from gateway.types import Category, Level
from gateway.vault.store import FILE_NAME, VaultFile
from tests.unit.gateway.vault.bench import DAY_MS, NOW_MS, OTHER_WRAPPING, TENANT, WRAPPING, Bench, memory

VALUE = "dana.whitfield@example.com"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_what_was_kept_is_recalled_under_any_of_its_ids(bench: Bench) -> None:
    kept = memory(VALUE, "other@example.com")
    bench.safe.keep(TENANT, ["resp_1", "msg_1"], kept, NOW_MS)
    assert bench.safe.recall(TENANT, ["resp_1"], NOW_MS) == kept
    assert bench.safe.recall(TENANT, ["msg_1", "resp_1"], NOW_MS + 1) == kept


@pytest.mark.parametrize(
    ("tenant", "ids"), [(TENANT, ["resp_2"]), ("other", ["resp_1"]), (TENANT, ["resp_1", "resp_2"]), (TENANT, [])]
)
def test_nothing_is_recalled_that_is_not_all_known_to_this_tenant(bench: Bench, tenant: str, ids: list[str]) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    assert bench.safe.recall(tenant, ids, NOW_MS) is None


def test_what_lies_in_two_places_or_conversations_is_not_recalled_together(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    bench.safe.keep(TENANT, ["resp_2"], memory(destination="closed-eu"), NOW_MS)
    bench.safe.keep(TENANT, ["resp_3"], memory(conversation=b"named c-2"), NOW_MS)
    assert bench.safe.recall(TENANT, ["resp_1", "resp_2"], NOW_MS) is None
    assert bench.safe.recall(TENANT, ["resp_1", "resp_3"], NOW_MS) is None


def test_labels_of_a_conversation_only_rise(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(level=Level.RESTRICTED), NOW_MS)
    bench.safe.keep(TENANT, ["resp_2"], memory(level=Level.PUBLIC), NOW_MS)
    recalled = bench.safe.recall(TENANT, ["resp_2"], NOW_MS)
    assert recalled is not None
    assert (recalled.labels.level, recalled.labels.categories) == (Level.RESTRICTED, {Category.PII_DIRECT})


def test_a_later_turn_adds_to_what_came_before(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    bench.safe.keep(TENANT, ["resp_2"], memory(VALUE, "second@example.com"), NOW_MS)
    recalled = bench.safe.recall(TENANT, ["resp_2"], NOW_MS)
    assert recalled is not None
    assert {one.text for one in recalled.issued} == {VALUE, "second@example.com"}


def test_the_time_slides_with_use_and_then_is_over(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    assert bench.safe.recall(TENANT, ["resp_1"], NOW_MS + 29 * DAY_MS) is not None
    assert bench.safe.recall(TENANT, ["resp_1"], NOW_MS + 58 * DAY_MS) is not None
    assert bench.safe.recall(TENANT, ["resp_1"], NOW_MS + 88 * DAY_MS) is None
    assert bench.safe.purge(NOW_MS + 88 * DAY_MS) == 0, "what was found expired is destroyed already"


def test_what_expired_unseen_is_destroyed_by_the_purge(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    assert bench.safe.purge(NOW_MS + 30 * DAY_MS - 1) == 0
    assert bench.safe.purge(NOW_MS + 30 * DAY_MS) == 1
    assert counted(bench) == {"conversations": 0, "items": 0, "names": 0}


def test_forgetting_destroys_the_key_and_everything_under_it(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    bench.safe.keep(TENANT, ["resp_2"], memory(VALUE), NOW_MS)
    (sealed,) = rows(bench, "SELECT wrapped FROM conversations")
    assert bench.safe.forget(TENANT, "resp_1", NOW_MS)
    assert bench.safe.recall(TENANT, ["resp_2"], NOW_MS) is None
    assert counted(bench) == {"conversations": 0, "items": 0, "names": 0}
    assert not bench.safe.forget(TENANT, "resp_1", NOW_MS)
    left = b"".join(path.read_bytes() for path in bench.directory.glob("vault.db*"))
    assert sealed[0] not in left, "the wrapped key is overwritten, not only unlinked"


def test_a_conversation_that_was_forgotten_can_begin_again(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    bench.safe.forget(TENANT, "resp_1", NOW_MS + 5)
    bench.safe.keep(TENANT, ["resp_2"], memory("new@example.com"), NOW_MS + 6)
    recalled = bench.safe.recall(TENANT, ["resp_2"], NOW_MS + 7)
    assert recalled is not None
    assert [one.text for one in recalled.issued] == ["new@example.com"]


def test_nothing_in_the_file_tells_what_is_kept(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_secret"], memory(VALUE, conversation=b"named private-name"), NOW_MS)
    content = b"".join(path.read_bytes() for path in bench.directory.glob("vault.db*"))
    for told in (VALUE, "resp_secret", "private-name", "EMAIL_00000", "closed-us"):
        assert told.encode() not in content
    assert (bench.directory / FILE_NAME).stat().st_mode & 0o077 == 0


def test_a_wrong_wrapping_key_opens_nothing(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    other = bench.again(current=OTHER_WRAPPING)
    with pytest.raises(StateUnreadable):
        other.safe.recall(TENANT, ["resp_1"], NOW_MS)
    with pytest.raises(StateUnreadable):
        other.safe.keep(TENANT, ["resp_2"], memory(VALUE), NOW_MS)
    other.store.close()


def test_a_retired_key_still_opens_until_everything_is_wrapped_anew(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    rotated = bench.again(current=OTHER_WRAPPING, retired=[WRAPPING])
    assert rotated.safe.recall(TENANT, ["resp_1"], NOW_MS) is not None
    assert rotated.safe.rewrap() == 1
    assert rotated.safe.rewrap() == 0
    alone = rotated.again(current=OTHER_WRAPPING)
    assert alone.safe.recall(TENANT, ["resp_1"], NOW_MS) is not None


TAMPERING = (
    "UPDATE conversations SET wrapped = CAST(substr(wrapped, 1, 20) || x'00' || substr(wrapped, 22) AS BLOB)",
    "UPDATE conversations SET head = CAST(substr(head, 1, 20) || x'00' || substr(head, 22) AS BLOB)",
    "UPDATE conversations SET version = version + 1",
    "UPDATE conversations SET tenant = 'other', head = x'02'",
    "UPDATE items SET sealed = x'01'",
    "UPDATE items SET sealed = (SELECT max(sealed) FROM items)",
    "UPDATE items SET sealed = CAST(x'09' || substr(sealed, 2) AS BLOB)",
    "UPDATE conversations SET key_id = 'local-of-somebody-else'",
)


@pytest.mark.parametrize("statement", TAMPERING)
def test_what_somebody_changed_in_the_file_is_refused(bench: Bench, statement: str) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE, "other@example.com"), NOW_MS)
    write(bench, statement)
    with pytest.raises(StateUnreadable):
        bench.again().safe.recall(TENANT, ["resp_1"], NOW_MS)


def test_an_id_led_to_another_conversation_recalls_nothing_of_it(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    bench.safe.keep("other", ["resp_9"], memory("theirs@example.com"), NOW_MS)
    theirs = "(SELECT id FROM conversations WHERE tenant = 'other')"
    write(bench, f"UPDATE names SET conversation = {theirs}")
    with pytest.raises(StateUnreadable):
        bench.safe.recall(TENANT, ["resp_1"], NOW_MS)


def test_an_older_row_that_somebody_put_back_is_refused(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE, level=Level.PUBLIC), NOW_MS)
    (older,) = rows(bench, "SELECT * FROM conversations")
    bench.safe.keep(TENANT, ["resp_2"], memory(level=Level.REGULATED), NOW_MS + 1)
    write(bench, "DELETE FROM conversations")
    write(bench, "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)", older)
    with pytest.raises(StateUnreadable):
        bench.safe.recall(TENANT, ["resp_2"], NOW_MS + 2)


def test_an_older_head_fits_no_newer_row(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE, level=Level.PUBLIC), NOW_MS)
    ((older,),) = rows(bench, "SELECT head FROM conversations")
    bench.safe.keep(TENANT, ["resp_2"], memory(level=Level.REGULATED), NOW_MS + 1)
    write(bench, "UPDATE conversations SET head = ?", (older,))
    with pytest.raises(StateUnreadable):
        bench.again().safe.recall(TENANT, ["resp_2"], NOW_MS + 2)


def test_a_key_that_was_destroyed_does_not_come_back_with_its_row(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    (row,), (name,) = rows(bench, "SELECT * FROM conversations"), rows(bench, "SELECT * FROM names")
    bench.safe.forget(TENANT, "resp_1", NOW_MS + 1)
    write(bench, "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    write(bench, "INSERT INTO names VALUES (?, ?)", name)
    with pytest.raises(StateUnreadable):
        bench.safe.recall(TENANT, ["resp_1"], NOW_MS + 2)


def test_a_keep_that_fails_changes_nothing(bench: Bench) -> None:
    bench.safe.keep(TENANT, ["resp_1"], memory(VALUE), NOW_MS)
    write(bench, "DROP TABLE names")
    with pytest.raises(VaultUnavailable):
        bench.safe.keep(TENANT, ["resp_2"], memory("second@example.com"), NOW_MS + 1)
    assert rows(bench, "SELECT count(*) FROM items") == [(2,)]
    write(bench, "CREATE TABLE names (id BLOB PRIMARY KEY, conversation BLOB NOT NULL) STRICT, WITHOUT ROWID")
    bench.safe.keep(TENANT, ["resp_2"], memory("second@example.com"), NOW_MS + 2)
    assert bench.safe.recall(TENANT, ["resp_2"], NOW_MS + 3) is not None, "what failed does not count as seen"


def test_a_file_of_another_version_is_not_opened(tmp_path: Path) -> None:
    VaultFile(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StartupError):
        VaultFile(tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE_NAME).write_bytes(b"no database at all, but long enough to look at" * 10)
    with pytest.raises(StartupError):
        VaultFile(tmp_path / "broken")


def rows(bench: Bench, statement: str) -> list[tuple[object, ...]]:
    """What another program reads from the file."""
    connection = sqlite3.connect(bench.directory / FILE_NAME)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def write(bench: Bench, statement: str, values: tuple[object, ...] = ()) -> None:
    """What another program writes into it."""
    connection = sqlite3.connect(bench.directory / FILE_NAME)
    with connection:
        connection.execute(statement, values)
    connection.close()


def counted(bench: Bench) -> dict[str, object]:
    return {table: rows(bench, f"SELECT count(*) FROM {table}")[0][0] for table in ("conversations", "items", "names")}
