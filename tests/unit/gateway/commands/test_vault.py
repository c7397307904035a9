"""`gateway vault rewrap`: after it, the old master may go."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pydantic import SecretStr

from gateway.clock import SystemClock
from gateway.settings import derive_key
from gateway.vault.keys import LocalKeys
from gateway.vault.vault import StateVault, build_vault
from tests.unit.gateway.commands.conftest import MASTER, Run
from tests.unit.gateway.held import held_open
from tests.unit.gateway.vault.bench import DAY_MS, TENANT, memory

OLDER = "Qm7_x2Wv-p9Lk4Tz_r6Hs1Nd8Jf3Gb5Yc0-Ea7Ui2Ok"


def opened(directory: Path, master: str) -> StateVault:
    """The vault as a gateway with this master opens it."""
    wrapping, index = (derive_key(SecretStr(master), purpose) for purpose in ("vault-wrapping", "vault-index"))
    return build_vault(directory, LocalKeys(wrapping, [], os.urandom), index, ttl_ms=DAY_MS, clock=SystemClock())


def keep_one(directory: Path, master: str) -> None:
    vault = opened(directory, master)
    vault._safe.keep(TENANT, ["resp_1"], memory("ann@example.com"), SystemClock().now_ms())
    asyncio.run(vault.close())


def configured(tmp_path: Path, vault: str) -> Path:
    file = tmp_path / "gateway.toml"
    state = f'[state]\ndirectory = "{tmp_path / "state"}"\n'
    file.write_text(f'{state}[secrets]\nmaster = "{MASTER}"\n[vault]\n{vault}\n')
    return file


def test_every_data_key_is_wrapped_with_the_current_master(run: Run, tmp_path: Path) -> None:
    keep_one(tmp_path / "state", OLDER)
    config = configured(tmp_path, f'retired_masters = ["{OLDER}"]')
    assert run("vault", "rewrap", "--config", config, "--json").json() == {"rewrapped": 2}
    assert run("vault", "rewrap", "--config", config).out == "0 data keys wrapped anew\n"
    vault = opened(tmp_path / "state", MASTER)
    assert vault._safe.recall(TENANT, ["resp_1"], SystemClock().now_ms()) is not None, "names outlive the master too"
    asyncio.run(vault.close())


def test_a_master_that_is_missing_changes_nothing(run: Run, tmp_path: Path) -> None:
    keep_one(tmp_path / "state", "Bz5_k8Xn-w3Vf6Qs_h1Mt9Pc4Rj7Ly2Dg0-Ia5Ue8Wo")
    config = configured(tmp_path, f'retired_masters = ["{OLDER}"]')
    assert run("vault", "rewrap", "--config", config).code == 2
    assert held_open(tmp_path) == []
    assert run("vault", "rewrap", "--config", configured(tmp_path, "")).code == 2
