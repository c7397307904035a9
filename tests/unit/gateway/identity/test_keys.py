"""Who is let in, who is not, and what an outsider can learn from the refusal."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.errors import KeyExpired, KeysUnavailable, StartupError, Unauthenticated
from gateway.identity.credentials import IssuedKey
from gateway.identity.keys import STALE_S, create_key, open_keys
from gateway.identity.store import FILE_NAME, KeyFile
from gateway.settings import Settings
from gateway.types import KeyId, Level, PrincipalClass, Role
from tests.unit.gateway.api.edge import PEPPER, HandClock, KeyBench, grant


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KeyBench]:
    bench = KeyBench(tmp_path)
    yield bench
    bench.close()


def test_key_is_known_by_everything_it_was_granted(bench: KeyBench) -> None:
    credential = bench.issue(
        principal_class=PrincipalClass.SERVICE,
        clearance=Level.REGULATED,
        purposes=frozenset({"support", "billing"}),
        roles=frozenset({Role.CALL, Role.AUDITOR}),
    )
    who = bench.ring.identify(credential)
    assert credential.startswith(f"{who.key_id}.")
    assert (who.tenant, who.app, who.principal_class, who.clearance) == (
        "acme",
        "notes",
        PrincipalClass.SERVICE,
        Level.REGULATED,
    )
    assert (who.purposes, who.roles) == ({"support", "billing"}, {Role.CALL, Role.AUDITOR})


def refused(bench: KeyBench, credential: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        bench.ring.identify(credential)
    return str(caught.value)


def test_every_wrong_credential_gets_the_same_refusal(bench: KeyBench) -> None:
    good, other = bench.issue(), bench.issue()
    key_id, secret = good.split(".")
    other_id, _ = other.split(".")
    wrong = (
        None,
        "",
        ".",
        key_id,
        f"{key_id}.",
        f".{secret}",
        secret,
        f"{key_id}.{secret[:-1]}",
        f"{key_id}.{secret}0",
        f"{key_id}.{secret[:-1]}{'0' if secret[-1] != '0' else '1'}",
        f"{key_id}.{secret.upper()}x",
        f"{other_id}.{secret}",
        f"{good} ",
        f"{good}\x00",
        good.upper(),
        "sk-ant-oat01-simulated-subscription-token",
        "sk-proj-simulated",
        "eyJhbGciOiJub25lIn0.e30.",
        "gk_" + "é" * 40 + ".ü",
        "x" * 1_000_000,
        "' OR 1=1 --.x",
    )
    assert len({refused(bench, credential) for credential in wrong}) == 1
    assert bench.ring.identify(good).key_id == key_id


def test_expired_key_says_so_only_to_who_holds_the_secret(bench: KeyBench) -> None:
    credential = bench.issue(expires_ms=bench.clock.ms + 1000)
    bench.clock.ms += 999
    bench.ring.identify(credential)
    bench.clock.ms += 1
    with pytest.raises(KeyExpired):
        bench.ring.identify(credential)
    refused(bench, credential[:-1] + ("0" if credential[-1] != "0" else "1"))


def test_revoked_key_is_as_unknown_as_any(bench: KeyBench) -> None:
    credential = bench.issue(expires_ms=bench.clock.ms - 1)
    key_id = KeyId(credential.split(".")[0])
    assert bench.file.revoke(key_id, bench.clock.ms) is True
    assert bench.file.revoke(key_id, bench.clock.ms) is False
    assert bench.file.revoke(KeyId("gk_nobody"), bench.clock.ms) is False
    assert bench.ring.refresh() is True
    refused(bench, credential)
    (stored,) = bench.file.load()
    assert stored.revoked_ms == bench.clock.ms


async def test_change_by_another_process_is_seen_within_a_second(bench: KeyBench) -> None:
    watching = asyncio.create_task(bench.ring.watch())
    credential = await asyncio.to_thread(_issue_elsewhere, bench)
    await _within_a_second(lambda: _is_known(bench, credential))
    await asyncio.to_thread(bench.file.revoke, KeyId(credential.split(".")[0]), bench.clock.ms)
    await _within_a_second(lambda: not _is_known(bench, credential))
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


async def _within_a_second(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(1):
        while not condition():
            await asyncio.sleep(0.01)


def _issue_elsewhere(bench: KeyBench) -> str:
    issued = create_key(bench.file, PEPPER, grant(), now_ms=bench.clock.ms, random_bytes=secrets.token_bytes)
    return issued.credential


def _is_known(bench: KeyBench, credential: str) -> bool:
    try:
        bench.ring.identify(credential)
    except Unauthenticated:
        return False
    return True


def test_nothing_is_loaded_when_nothing_has_changed(bench: KeyBench) -> None:
    bench.issue()
    assert bench.ring.refresh() is False


def test_nobody_is_let_in_when_revocations_cannot_be_seen(bench: KeyBench) -> None:
    credential = bench.issue()
    bench.clock.s += STALE_S
    bench.ring.identify(credential)
    bench.clock.s += 0.001
    assert bench.ring.fresh() is False
    with pytest.raises(KeysUnavailable):
        bench.ring.identify(credential)
    bench.ring.refresh()
    bench.ring.identify(credential)


def test_row_that_no_version_wrote_keeps_the_old_snapshot_and_grows_stale(bench: KeyBench) -> None:
    credential = bench.issue()
    _execute(bench.directory, "UPDATE keys SET clearance = 99")
    bench.clock.s += STALE_S + 1
    with pytest.raises(ValueError, match="99"):
        bench.ring.refresh()
    with pytest.raises(KeysUnavailable):
        bench.ring.identify(credential)


def test_key_proved_before_is_known_until_revoked_expired_or_stale(bench: KeyBench) -> None:
    lasting, ending = bench.issue(), bench.issue(expires_ms=bench.clock.ms + 1000)
    lasting_id, ending_id = (KeyId(credential.split(".")[0]) for credential in (lasting, ending))
    assert bench.ring.known(lasting_id) == bench.ring.identify(lasting)
    assert bench.ring.known(ending_id) is not None
    assert bench.ring.known(KeyId("gk_nobody")) is None
    bench.clock.ms += 1000
    assert bench.ring.known(ending_id) is None
    bench.clock.s += STALE_S + 1
    assert bench.ring.known(lasting_id) is None
    bench.file.revoke(lasting_id, bench.clock.ms)
    bench.ring.refresh()
    assert bench.ring.known(lasting_id) is None


def test_digest_fits_only_its_own_row(bench: KeyBench) -> None:
    weak, strong = bench.issue(clearance=Level.PUBLIC), bench.issue(clearance=Level.REGULATED)
    (weak_id, secret), strong_id = weak.split("."), strong.split(".")[0]
    _execute(bench.directory, f"UPDATE keys SET digest = (SELECT digest FROM keys WHERE id = '{weak_id}')")
    bench.ring.refresh()
    refused(bench, f"{strong_id}.{secret}")


def test_another_pepper_knows_no_key(tmp_path: Path) -> None:
    bench = KeyBench(tmp_path)
    credential = bench.issue()
    ring = open_keys(tmp_path, bytes(32), bench.clock)
    with pytest.raises(Unauthenticated):
        ring.identify(credential)
    ring.close()
    bench.close()


def test_secret_is_nowhere_on_disk_and_in_no_repr(bench: KeyBench) -> None:
    issued = create_key(bench.file, PEPPER, grant(), now_ms=1, random_bytes=secrets.token_bytes)
    secret = issued.credential.split(".")[1]
    bench.ring.refresh()
    on_disk = b"".join(path.read_bytes() for path in bench.directory.iterdir())
    assert issued.key_id.encode() in on_disk
    assert secret.encode() not in on_disk
    assert bytes.fromhex(secret) not in on_disk
    shown = repr(issued) + repr(bench.file.load()) + repr(bench.ring.identify(issued.credential))
    assert secret not in shown
    assert repr(bench.file.load()[0].digest) not in shown


def test_secret_has_256_bits_and_ids_do_not_repeat(bench: KeyBench) -> None:
    asked: list[int] = []

    def random_bytes(size: int) -> bytes:
        asked.append(size)
        return secrets.token_bytes(size)

    keys = [create_key(bench.file, PEPPER, grant(), now_ms=1, random_bytes=random_bytes) for _ in range(5)]
    assert asked == [8, 32] * 5
    assert len({key.key_id for key in keys}) == len({key.credential for key in keys}) == 5


def test_id_that_is_taken_is_not_overwritten(bench: KeyBench) -> None:
    def same(size: int) -> bytes:
        return bytes(size)

    first: IssuedKey = create_key(bench.file, PEPPER, grant(), now_ms=1, random_bytes=same)
    with pytest.raises(sqlite3.IntegrityError):
        create_key(bench.file, PEPPER, grant(clearance=Level.REGULATED), now_ms=1, random_bytes=same)
    bench.ring.refresh()
    assert bench.ring.identify(first.credential).clearance is Level.CONFIDENTIAL


def test_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "state"
    KeyFile(state).close()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("spoil", ["text", "version", "directory", "table"])
def test_unusable_key_file_stops_the_start(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / FILE_NAME
    if spoil == "text":
        path.write_text("this is no database " * 100)
    elif spoil == "directory":
        path.mkdir()
    else:
        KeyFile(tmp_path).close()
        _execute(tmp_path, "PRAGMA user_version = 99" if spoil == "version" else "DROP TABLE keys")
    with pytest.raises(StartupError):
        open_keys(tmp_path, PEPPER, HandClock())


def _execute(directory: Path, statement: str) -> None:
    connection = sqlite3.connect(directory / FILE_NAME, isolation_level=None)
    connection.execute(statement)
    connection.close()


WEAK = {
    "empty": "",
    "short": secrets.token_hex(8),
    "repeated": "a" * 64,
    "two letters": "ab" * 40,
    "a known default": "changeme" + secrets.token_hex(32),
    "a documented default": "sk-1234" + secrets.token_hex(32),
}


@pytest.mark.parametrize("weakness", WEAK)
def test_weak_or_default_master_secret_stops_the_start_and_is_not_quoted(
    tmp_path: Path, weakness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_SECRETS__MASTER", raising=False)
    file = tmp_path / "gateway.toml"
    file.write_text(f'[secrets]\nmaster = "{WEAK[weakness]}"\n')
    with pytest.raises(StartupError) as caught:
        Settings.load(file)
    assert not WEAK[weakness] or WEAK[weakness] not in str(caught.value)


def test_there_is_no_default_master_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_SECRETS__MASTER", raising=False)
    with pytest.raises(StartupError, match="secrets"):
        Settings.load(None)


def test_pepper_is_not_the_master_secret_nor_another_purposes_key(monkeypatch: pytest.MonkeyPatch) -> None:
    master = secrets.token_hex(32)
    monkeypatch.setenv("GATEWAY_SECRETS__MASTER", master)
    derive = Settings.load(None).secrets.derive
    assert len({derive("keys"), derive("log"), bytes.fromhex(master), master.encode()}) == 4
    assert master not in repr(Settings.load(None))
