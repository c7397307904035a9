"""An auditor and a mixed run with batches: the documented steps say that it holds, and five forgeries are caught.

The auditor has a copy of the state directory, of the public key, of a checkpoint from earlier, and `verify.py`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from gateway.app import Prepared
from gateway.audit.reader import Filter, Reader
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.batches import EMAIL, begun, echo, ended, jsonl, line, messages_ended, request
from tests.integration.composition import OPENAI, VERIFIER, Gateway, Json, gateway_at

CANARY = "Zanzibar-canary-7731"


async def mixed(gateway: Gateway) -> tuple[str, str]:
    """Requests, a refusal, a batch with one bad line, and a message batch that its owner destroys; their ids."""
    gateway.upstreams[OPENAI].default = echo
    ask: Json = {"model": "gpt-5.5", "messages": [{"role": "user", "content": f"Write to {EMAIL}"}]}
    assert (await gateway.ask("/v1/chat/completions", ask)).status_code == 200
    assert (await gateway.ask("/v1/chat/completions", ask, key="public")).status_code == 403
    client, messages = gateway.openai(), gateway.anthropic().messages.batches
    lines = [line("a", f"{CANARY} {EMAIL}"), line("b", model="no-such-model"), line("c")]
    batch = await begun(client, jsonl(lines), metadata={"note": CANARY})
    await ended(client, batch.id)
    other = await messages.create(requests=[request("x"), request("y")])
    await messages_ended(gateway, other.id)
    await messages.delete(other.id)
    return batch.id, other.id


@pytest.fixture(name="run")
async def _run(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> tuple[Path, str, str]:
    """The state directory of a gateway that has served and ended, and two batches."""
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        first, second = await mixed(gateway)
    return tmp_path / "state", first, second


def check(state: Path, *more: str) -> tuple[int, Json]:
    """As `docs/explanation/audit.md` says."""
    command = [sys.executable, "-I", str(VERIFIER), str(state), "--vkey", str(state / "audit.vkey"), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stdout)


def codes(report: Json) -> set[str]:
    findings = report["findings"]
    assert isinstance(findings, list)
    return {str(one["code"]) for one in findings}


def acts_of(state: Path, batch: str) -> list[Json]:
    reader = Reader(state)
    try:
        entries = reader.page(Filter(batch=batch, kind="batch")).entries
    finally:
        reader.close()
    return [json.loads(entry.body) for entry in reversed(entries)]


async def test_a_mixed_run_holds_and_tells_the_whole_story_of_its_batches(run: tuple[Path, str, str]) -> None:
    state, first, second = run
    code, report = await asyncio.to_thread(check, state)
    assert (code, report["findings"], report["open_intents"]) == (0, [], [])
    told = await asyncio.to_thread(acts_of, state, first)
    assert [act["action"] for act in told] == ["ordered", "taken", "ended"]
    assert (told[0]["lines"], told[0]["tenant"], told[0]["app"]) == (3, "acme", "assistant")
    assert (told[2]["state"], told[2]["succeeded"], told[2]["errored"]) == ("completed", 2, 1)
    told = await asyncio.to_thread(acts_of, state, second)
    assert [act["action"] for act in told] == ["ordered", "taken", "ended", "destroyed"]
    content = await asyncio.to_thread((state / "audit.sqlite3").read_bytes)
    assert not [text for text in (CANARY, EMAIL, "custom_id", "lines.jsonl") if text.encode() in content]


@contextmanager
def opened(state: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(state / "audit.sqlite3")) as connection, connection:
        yield connection


def batch_entry(connection: sqlite3.Connection, action: str) -> tuple[int, Json]:
    query = "SELECT seq, body FROM entry WHERE kind = 'batch' AND result = ? ORDER BY seq LIMIT 1"
    seq, body = connection.execute(query, (action,)).fetchone()
    return seq, json.loads(body)


def canonical(record: Json) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def flatter_counts(state: Path) -> None:
    """A failed line becomes a good one, and its hash is made to fit."""
    with opened(state) as connection:
        seq, record = batch_entry(connection, "ended")
        body = canonical(record | {"succeeded": 3, "errored": 0})
        connection.execute("UPDATE entry SET body = ?, leaf = ? WHERE seq = ?", (body, leaf(body), seq))


def hide_destruction(state: Path) -> None:
    """The entry is taken out, and the others close the gap."""
    with opened(state) as connection:
        seq, _ = batch_entry(connection, "destroyed")
        connection.execute("DELETE FROM entry WHERE seq = ?", (seq,))
        connection.execute("UPDATE entry SET seq = seq - 1 WHERE seq > ?", (seq,))


def rename_in_the_index(state: Path) -> None:
    """Whoever searches for the batch finds nothing of it: the columns name another one."""
    with opened(state) as connection:
        seq, _ = batch_entry(connection, "ordered")
        connection.execute("UPDATE entry SET request_id = 'batch_other', app = 'someone' WHERE seq = ?", (seq,))


def invent_an_order(state: Path) -> None:
    """Somebody else is made to have ordered it: another entry at the end."""
    with opened(state) as connection:
        _, record = batch_entry(connection, "ordered")
        (last,) = connection.execute("SELECT max(seq) FROM entry").fetchone()
        body = canonical(record | {"key_id": "gk_someone", "seq": last + 1})
        columns = ", ".join(row[1] for row in connection.execute("PRAGMA table_info(entry)") if row[1] not in OWN)
        connection.execute(
            f"INSERT INTO entry (seq, key_id, leaf, body, {columns}) SELECT ?, 'gk_someone', ?, ?, {columns}"
            " FROM entry WHERE kind = 'batch' AND result = 'ordered' ORDER BY seq LIMIT 1",
            (last + 1, leaf(body), body),
        )
        connection.execute("UPDATE checkpoint SET size = size + 1")


OWN = {"seq", "key_id", "leaf", "body"}


def cut_the_end(state: Path) -> None:
    """Everything from the last batch on is gone, and so are the checkpoints that covered it."""
    with opened(state) as connection:
        query = "SELECT max(seq) FROM entry WHERE kind = 'batch' AND result = 'ordered'"
        (seq,) = connection.execute(query).fetchone()
        connection.execute("DELETE FROM entry WHERE seq >= ?", (seq,))
        connection.execute("DELETE FROM entry_rule WHERE seq >= ?", (seq,))
        connection.execute("DELETE FROM checkpoint WHERE size > ?", (seq,))


def leaf(body: bytes) -> bytes:
    return sha256(b"\x00" + body).digest()


FORGERIES: list[tuple[Callable[[Path], None], set[str]]] = [
    (flatter_counts, {"root_mismatch"}),
    (hide_destruction, {"root_mismatch", "column_mismatch", "entries_missing"}),
    (rename_in_the_index, {"column_mismatch"}),
    (invent_an_order, {"checkpoint_swapped"}),
    (cut_the_end, {"entries_missing"}),
]


async def test_forgeries_are_found(run: tuple[Path, str, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"

    def forged(forge: Callable[[Path], None]) -> tuple[int, Json]:
        copy = tmp_path / forge.__name__
        shutil.copytree(run[0], copy)
        forge(copy)
        return check(copy, "--checkpoint", str(kept))

    await asyncio.to_thread(keep_checkpoint, run[0], kept)
    assert (await asyncio.to_thread(check, run[0], "--checkpoint", str(kept)))[0] == 0
    for forge, found in FORGERIES:
        code, report = await asyncio.to_thread(forged, forge)
        assert code == 1, forge.__name__
        assert codes(report) & found, (forge.__name__, report["findings"])


def keep_checkpoint(state: Path, file: Path) -> None:
    """As `docs/how-to/run.md` says."""
    command = [sys.executable, "-m", "gateway", "audit", "checkpoint", "--state", str(state)]
    file.write_bytes(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
