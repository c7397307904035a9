"""The cores of the commands."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.policy.check import check, explain, stamp
from gateway.settings import PolicySettings
from routers.types import DestinationId
from tests.unit.gateway.policy.samples import HARMLESS, POLICIES


@pytest.fixture(name="copied")
def _copied(tmp_path: Path) -> PolicySettings:
    directory = tmp_path / "policies"
    shutil.copytree(POLICIES, directory)
    return PolicySettings(directory=directory)


def test_check_reports_tests_and_rules() -> None:
    report = check(PolicySettings())

    assert report.passed
    assert len(report.tests) >= 60
    assert {"CN-NIL-7", "SEC-1", "FACT-1"} <= set(report.rules)


def test_stamping_writes_only_what_passed(copied: PolicySettings) -> None:
    assert copied.directory is not None
    written = copied.directory / "tested.json"
    written.unlink()
    broken = copied.directory / "route" / "extra.rego"
    broken.write_text("package gateway.route\n\nx if not inpt.question\n")
    assert not stamp(copied).passed
    assert not written.exists()

    broken.unlink()
    assert stamp(copied).passed
    assert written.read_text() == (POLICIES / "tested.json").read_text()


def test_explaining_lists_every_rule_and_who_spoke() -> None:
    question = replace(HARMLESS, destination=DestinationId("minimax-cn"), level=2)
    explanation = explain(PolicySettings(), question)

    spoke = {note.id for note in explanation.rules if note.spoke}
    assert spoke == set(explanation.verdict.rules)
    assert len(explanation.rules) >= 20
    assert all(note.title and note.legal_basis and note.owner for note in explanation.rules)


def test_explaining_a_broken_question_names_the_schema() -> None:
    explanation = explain(PolicySettings(), replace(HARMLESS, level=9))

    assert [note.id for note in explanation.rules if note.spoke] == ["INPUT-1"]


def test_nothing_is_explained_by_a_bundle_that_may_not_decide(copied: PolicySettings) -> None:
    assert copied.directory is not None
    (copied.directory / "route" / "extra.rego").write_text("package gateway.route\n\nx { true }\n")

    with pytest.raises(StartupError):
        explain(copied, HARMLESS)
