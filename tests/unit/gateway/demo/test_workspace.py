"""The state directory of a demo."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.demo.cases import Who
from gateway.demo.workspace import prepare
from gateway.errors import KeyExpired
from gateway.identity.keys import open_keys
from gateway.settings import Settings
from gateway.types import Level, Role
from routers.attestation import load_key

EVERYBODY = (
    Who("one", "app", "employee", "restricted", "general"),
    Who("two", "audit", "employee", "internal", "audit", role="auditor"),
    Who("past", "app", "employee", "internal", "general", days=-1),
)
UPSTREAMS = {"simulated-openai": "http://127.0.0.1:1", "inhouse-local": "http://127.0.0.1:2"}


def test_gateway_can_read_the_configuration(tmp_path: Path) -> None:
    workspace = prepare(tmp_path / "späß", UPSTREAMS, "provider-key", EVERYBODY)
    settings = Settings.load(workspace.config)
    assert settings.state.directory == tmp_path / "späß"
    assert settings.server.host == "127.0.0.1"
    assert {name: each.base_url for name, each in settings.upstreams.items()} == UPSTREAMS
    assert settings.upstreams["simulated-openai"].credential.get_secret_value() == "provider-key"
    assert settings.upstreams["inhouse-local"].credential.get_secret_value() == ""
    assert settings.upstreams["simulated-openai"].weights_key is None
    key = settings.upstreams["inhouse-local"].weights_key
    assert key is not None
    load_key(key)


def test_keys_let_in_whom_they_should(tmp_path: Path) -> None:
    workspace = prepare(tmp_path, UPSTREAMS, "provider-key", EVERYBODY)
    keyring = open_keys(tmp_path, workspace.pepper, SystemClock())
    try:
        one, two = (keyring.identify(workspace.keys[name]) for name in ("one", "two"))
        with pytest.raises(KeyExpired):
            keyring.identify(workspace.keys["past"])
    finally:
        keyring.close()
    assert (one.clearance, one.roles, one.purposes) == (Level.RESTRICTED, {Role.CALL}, {"general"})
    assert two.roles == {Role.AUDITOR}


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    prepare(tmp_path / "state", UPSTREAMS, "provider-key", EVERYBODY)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes["gateway.toml"] == modes["master.secret"] == 0o600


def test_directory_can_be_used_again_and_no_two_share_a_secret(tmp_path: Path) -> None:
    first, again, other = (prepare(tmp_path / name, UPSTREAMS, "k", EVERYBODY) for name in ("a", "a", "b"))
    assert first.pepper == again.pepper != other.pepper
    masters = {tomllib.loads(each.config.read_text("utf-8"))["secrets"]["master"] for each in (first, again, other)}
    assert len(masters) == 2
