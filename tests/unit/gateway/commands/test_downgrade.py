"""`gateway downgrade`: a key, a signed statement, and nothing that a gateway would not verify."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.standing.downgrades import read_statement, verify
from gateway.standing.terms import read_terms
from tests.unit.gateway.commands.conftest import Run
from tests.unit.gateway.standing.made import limits

SIGN = ("--signer", "dpo", "--id", "docs-1", "--tenant", "acme", "--type", "SOURCE_CODE", "--reason", "public examples")


def test_what_is_signed_verifies_under_a_policy_that_names_the_signer(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "dpo.pem"
    public = run("downgrade", "keygen", key).out.strip()
    assert key.stat().st_mode & 0o777 == 0o600
    signed = run("downgrade", "sign", "--key", key, *SIGN, "--days", "10").json()
    assert isinstance(signed, dict)
    named = {"days_max": 90, "signers": {"dpo": {"public_key": public, "name": "Ann Example", "role": "privacy"}}}
    statement = read_statement(str(signed["statement"]))
    assert verify(statement, str(signed["signature"]), read_terms(limits(downgrades=named), 350)) is None
    assert (statement.app, statement.level, statement.types) == ("*", "internal", ("SOURCE_CODE",))


def test_a_key_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "dpo.pem"
    run("downgrade", "keygen", key)
    before = key.read_bytes()
    assert run("downgrade", "keygen", key).code == 2
    assert key.read_bytes() == before


def test_a_statement_that_no_gateway_would_take_is_not_signed(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "dpo.pem"
    run("downgrade", "keygen", key)
    assert run("downgrade", "sign", "--key", key, *SIGN, "--days", "0").code == 2
    assert run("downgrade", "sign", "--key", key, *SIGN[:-1], " ").code == 2
    assert run("downgrade", "sign", "--key", tmp_path / "none", *SIGN).code == 2


def test_a_file_that_holds_no_statement_is_not_sent(run: Run, tmp_path: Path) -> None:
    for content in ("", "[]", json.dumps({"statement": "x"})):
        (tmp_path / "signed.json").write_text(content)
        done = run("downgrade", "grant", tmp_path / "signed.json")
        assert (done.code, "signed statement" in done.err) == (2, True)
