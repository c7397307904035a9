"""A record can be checked without us: the verifier runs isolated, on the log of a real run, and misses no edit."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.app import Prepared
from tests.fakes.upstream import Fate, ScriptedUpstream
from tests.integration.composition import OPENAI, PUBLIC, Gateway, gateway_at, read_records, verify

DATABASE = "audit.sqlite3"
EMAIL = "dana.whitfield@example.com"


async def traffic(gateway: Gateway) -> None:
    """A little of everything that is recorded."""
    ask = {"model": "gpt-5.5", "messages": [{"role": "user", "content": f"Write to {EMAIL}"}]}
    assert (await gateway.ask("/v1/chat/completions", ask)).status_code == 200
    assert (await gateway.ask("/v1/chat/completions", ask, key="public")).status_code == 403
    gateway.upstreams[OPENAI].then(Fate(raw=b""), Fate(raw=b""))
    assert (await gateway.ask("/v1/chat/completions", ask, headers=PUBLIC)).status_code in (200, 502)
    assert (await gateway.operate(OPENAI, "suspend")).status_code == 200
    assert (await gateway.ask("/v1/chat/completions", ask)).status_code == 200


@pytest.fixture
async def log(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> Path:
    """The state directory of a gateway that has served and ended."""
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        await traffic(gateway)
    return tmp_path / "state"


async def test_log_of_a_real_run_holds(log: Path) -> None:
    code, report = await asyncio.to_thread(verify, log)
    assert (code, report["findings"], report["open_intents"]) == (0, [], [])
    records = await asyncio.to_thread(read_records, log)
    assert report["signed_entries"] == report["entries"] == len(records)
    assert {record["kind"] for record in records} == {"intent", "outcome", "refusal", "access", "key"}


def files_holding(log: Path, *texts: str) -> list[str]:
    return [file.name for file in log.iterdir() if any(text.encode() in file.read_bytes() for text in texts)]


async def test_log_holds_no_text_of_any_request_or_answer(log: Path) -> None:
    assert await asyncio.to_thread(files_holding, log, EMAIL, "Write to", "Hello.") == []


async def test_log_can_be_checked_while_it_is_written(gateway: Gateway) -> None:
    await traffic(gateway)
    await asyncio.sleep(1.3)  # a checkpoint follows a record within a second
    code, report = await asyncio.to_thread(verify, gateway.directory)
    assert (code, report["findings"]) == (0, [])


def edit(log: Path, copy: Path, kind: str) -> None:
    """Changes one byte of the first record of this kind, somewhere in its middle."""
    shutil.copytree(log, copy)
    with closing(sqlite3.connect(copy / DATABASE)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        query = "SELECT seq, body FROM entry WHERE kind = ? ORDER BY seq LIMIT 1"
        seq, body = connection.execute(query, (kind,)).fetchone()
        edited = bytearray(body)
        edited[len(edited) // 2] ^= 1
        connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (bytes(edited), seq))
    connection.close()


async def test_edited_byte_is_found_in_every_kind_of_record(log: Path, tmp_path: Path) -> None:
    for kind in ("intent", "outcome", "refusal", "access", "key"):
        copy = tmp_path / kind
        await asyncio.to_thread(edit, log, copy, kind)
        code, report = await asyncio.to_thread(verify, copy)
        assert code == 1, kind
        assert report["findings"], kind


def drop_last(log: Path, copy: Path) -> None:
    """Cuts off the last entry and every checkpoint that covers it."""
    shutil.copytree(log, copy)
    with closing(sqlite3.connect(copy / DATABASE)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM entry_rule WHERE seq = (SELECT max(seq) FROM entry)")
        connection.execute("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
    connection.close()


async def test_missing_entry_is_found(log: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(drop_last, log, tmp_path / "copy")
    code, report = await asyncio.to_thread(verify, tmp_path / "copy")
    assert code == 1
    assert report["findings"]


async def test_answer_names_the_entry_that_proves_it(gateway: Gateway) -> None:
    ask = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hello"}]}
    answer = await gateway.ask("/v1/chat/completions", ask, headers=PUBLIC)
    records = await gateway.records()
    named = records[int(answer.headers["x-audit-record"])]
    assert named["kind"] == "intent"
    subject = named["subject"]
    assert isinstance(subject, dict)
    assert subject["request_id"] == answer.headers["x-gateway-request-id"]
