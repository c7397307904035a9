"""`gateway policy` and `gateway providers` over the packaged policy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.policy.bundle import policy_directory
from gateway.settings import PolicySettings
from tests.unit.gateway.commands.conftest import MASTER, Run


def test_packaged_policy_passes(run: Run) -> None:
    done = run("policy", "check", "--json")
    report = done.json()
    assert isinstance(report, dict)
    assert (done.code, report["passed"], report["problems"]) == (0, True, [])
    assert len(report["revision"]) == 64


def test_packaged_tests_pass(run: Run) -> None:
    done = run("policy", "test", "--json")
    report = done.json()
    assert isinstance(report, dict)
    assert (done.code, report["failed"]) == (0, [])
    assert report["passed"] > 40


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A configuration of a policy in which a rule has lost its metadata."""
    policies = tmp_path / "policies"
    shutil.copytree(policy_directory(PolicySettings()), policies)
    rule = policies / "rules" / "sec_1" / "sec_1.rego"
    lines = rule.read_text(encoding="utf-8").splitlines()
    rule.write_text("\n".join(line for line in lines if not line.startswith("#")) + "\n", encoding="utf-8")
    config = tmp_path / "gateway.toml"
    config.write_text(f'[secrets]\nmaster = "{MASTER}"\n[policy]\ndirectory = "{policies}"\n')
    return config


def test_broken_policy_is_one(run: Run, broken: Path) -> None:
    done = run("policy", "check", "--config", broken)
    assert done.code == 1
    assert "REFUSED" in done.out
    assert "sec_1.rego" in done.out


def test_explanation_names_the_rules_that_spoke(run: Run) -> None:
    denied = run("policy", "explain", "--destination", "minimax", "--level", "confidential", "--json")
    assert denied.code == 1
    explanation = denied.json()
    assert isinstance(explanation, dict)
    assert explanation["verdict"]["allowed"] is False
    assert explanation["verdict"]["rules"]
    spoke = {note["id"] for note in explanation["rules"] if note["spoke"]}
    assert set(explanation["verdict"]["rules"]) <= spoke | {"DEST-1"}


def test_facts_are_shown_with_their_source_and_date(run: Run) -> None:
    done = run("providers", "facts", "--json")
    rows = done.json()
    assert done.code == 0
    assert isinstance(rows, list)
    assert {row["fact"] for row in rows} == {
        "operator",
        "host_country",
        "control",
        "retention_days",
        "trains_on_inputs",
    }
    assert all(row["source"] and row["retrieved"] and row["review_by"] for row in rows)
    one = rows[0]["destination"]
    assert one in run("providers", "facts", one).out


def test_facts_of_nobody_are_one(run: Run) -> None:
    assert run("providers", "facts", "nobody").code == 1


def test_operator_commands_need_a_key_and_a_gateway(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_OPERATOR_KEY", raising=False)
    assert "GATEWAY_OPERATOR_KEY" in run("providers", "list").err
    monkeypatch.setenv("GATEWAY_OPERATOR_KEY", "gk_key")
    unreachable = run("providers", "suspend", "d", "--reason", "r", "--url", "http://127.0.0.1:9")
    assert (unreachable.code, unreachable.err) == (2, "gateway: the gateway could not be reached\n")
    assert run("providers", "list", "--url", "file:///etc/passwd").code == 2
