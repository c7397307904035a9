"""`gateway keys`."""

from __future__ import annotations

from pathlib import Path

from gateway.clock import SystemClock
from gateway.identity.keys import KEY_PEPPER, open_keys
from gateway.settings import Settings
from gateway.types import Level, PrincipalClass, Role
from tests.unit.gateway.commands.conftest import Run

CREATE = ("keys", "create", "--tenant", "acme", "--app", "assistant")
WISHES = ("--clearance", "confidential", "--class", "contractor", "--purpose", "support", "--purpose", "general")


def test_key_works_until_it_is_revoked(run: Run, config: Path) -> None:
    made = run(*CREATE, *WISHES, "--role", "call", "--role", "auditor", "--config", config, "--json").json()
    assert isinstance(made, dict)
    settings = Settings.load(config)
    keys = open_keys(settings.state.directory, settings.secrets.derive(KEY_PEPPER), SystemClock())
    who = keys.identify(made["key"])
    assert (who.key_id, who.tenant, who.app) == (made["key_id"], "acme", "assistant")
    assert (who.clearance, who.principal_class) == (Level.CONFIDENTIAL, PrincipalClass.CONTRACTOR)
    assert (who.purposes, who.roles) == ({"support", "general"}, {Role.CALL, Role.AUDITOR})
    assert run("keys", "revoke", made["key_id"], "--config", config).code == 0
    keys.refresh()
    assert keys.known(made["key_id"]) is None
    keys.close()


def test_list_shows_keys_and_no_secrets(run: Run, config: Path) -> None:
    made = run(*CREATE, "--days", "1", "--config", config, "--json").json()
    assert isinstance(made, dict)
    listed = run("keys", "list", "--config", config, "--json")
    (row,) = listed.json()  # type: ignore[misc]
    assert row["key_id"] == made["key_id"]  # type: ignore[index]
    assert row["expires"].endswith("Z")  # type: ignore[index]
    assert row["revoked"] == ""  # type: ignore[index]
    table = run("keys", "list", "--config", config)
    secret = made["key"].removeprefix(made["key_id"])[1:]
    assert len(secret) > 20
    assert secret not in listed.out + table.out


def test_text_form_shows_the_key_once(run: Run, config: Path) -> None:
    done = run(*CREATE, "--config", config)
    assert done.out.startswith("gk_")
    assert "only time" in done.out


def test_unknown_key_is_one(run: Run, config: Path) -> None:
    run(*CREATE, "--config", config)
    done = run("keys", "revoke", "gk_0000000000000000", "--config", config)
    assert (done.code, done.out) == (1, "no such key\n")


def test_pepper_is_the_derived_key(run: Run, config: Path) -> None:
    done = run("keys", "pepper", "--config", config)
    assert bytes.fromhex(done.out) == Settings.load(config).secrets.derive(KEY_PEPPER)
