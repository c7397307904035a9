"""The shipped rules: embedded tests pass, every rule is reachable, and the documented matrix is what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.policy.cache import VerdictCache
from gateway.policy.decide import RegoPolicy
from gateway.policy.engine_process import EngineProcess, deciding
from gateway.policy.preflight import Report
from gateway.types import Level, Question
from routers.types import DestinationId
from tests.unit.gateway.policy.samples import HARMLESS, POLICIES, full_report, shipped_bundle

DOCS = POLICIES.parent / "docs" / "explanation" / "policy.md"


@pytest.fixture(name="report", scope="module")
def _report() -> Report:
    return full_report(shipped_bundle())


@pytest.fixture(name="policy", scope="module")
def _policy() -> Iterator[RegoPolicy]:
    bundle = shipped_bundle()
    with closing(EngineProcess(deciding(bundle))) as engine:
        yield RegoPolicy(bundle, engine, VerdictCache(1000))


def test_every_embedded_test_passes(report: Report) -> None:
    assert [test.name for test in report.tests if not test.passed] == []
    assert report.passed


def test_the_stamp_is_fresh() -> None:
    assert shipped_bundle().tested, "the rules or their tests changed: run `gateway policy check --stamp`"


def asked(destination: str, **changes: object) -> Question:
    """The harmless question to this destination with some fields changed."""
    return replace(HARMLESS, destination=DestinationId(destination), **changes)  # type: ignore[arg-type]


SPEAKS = {
    "ACCESS-1": asked("anthropic-us", access="revoked"),
    "BULK-1": asked("minimax-intl", bulk=("health.100",)),
    "CAP-1": asked("inhouse-m3", features=("documents",)),
    "CLEAR-1": asked("inhouse-m3", level=2, clearance=1),
    "CN-NIL-7": asked("minimax-intl", level=1),
    "DEST-1": asked("elsewhere"),
    "EXPORT-1": asked("inhouse-m3", level=4, categories=("export_control",), principal_class="contractor"),
    "FACT-1": asked("google-vertex-us", level=1),
    "KEEP-1": asked("deepseek-cn", level=1),
    "LEVEL-1": asked("anthropic-us", level=3),
    "LICENSE-1": asked("inhouse-m3", day="2028-01-01"),
    "MASS-1": asked("anthropic-us", persons="mass"),
    "OPAQUE-1": asked("anthropic-us", level=2, categories=("opaque",)),
    "PCI-1": asked("minimax-cn", level=3, categories=("pci.pan",)),
    "PCI-2": asked("inhouse-m3", level=3, categories=("pci.sad",)),
    "PHI-1": asked("anthropic-us", level=3, categories=("phi",)),
    "PII-1": asked("anthropic-us", level=2, categories=("pii.direct",)),
    "PIPL-1": asked("anthropic-us", level=2, categories=("cn_personal",)),
    "PURPOSE-1": asked("anthropic-us", purpose="clinical"),
    "SEC-1": asked("anthropic-us", level=3, categories=("credential",)),
    "SRC-1": asked("alibaba-sg", level=2, categories=("source_code",)),
    "STORE-1": asked("minimax-intl", level=1, features=("store",)),
    "TRADE-1": asked("anthropic-us", level=3, categories=("trade_secret",)),
    "UNKNOWN-1": asked("anthropic-us", level=4, categories=("unknown",)),
}


@pytest.mark.parametrize("rule", sorted(SPEAKS))
async def test_a_rule_speaks_when_its_case_arises(policy: RegoPolicy, rule: str) -> None:
    assert rule in (await policy.decide(SPEAKS[rule])).rules


async def test_regulated_text_is_recorded_with_counts_only(policy: RegoPolicy) -> None:
    assert (await policy.decide(asked("inhouse-m3", level=4))).obligations.log_level == "minimal"
    assert (await policy.decide(asked("inhouse-m3", level=3))).obligations.log_level == "full"


def test_every_rule_of_the_bundle_is_reached(report: Report) -> None:
    assert set(report.rules) == {*SPEAKS, "LOG-1"}


def test_every_rule_is_in_the_documentation(report: Report) -> None:
    text = DOCS.read_text()

    assert [rule for rule in report.rules if f"`{rule}`" not in text] == []


def _documented_matrix() -> dict[tuple[str, str], bool]:
    """The level by destination table of the page, as (level, destination) to allowed."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in DOCS.read_text().splitlines()
        if re.match(r"\| (level|public|internal|confidential|restricted|regulated) ", line)
    ]
    header, *levels = rows
    return {
        (row[0], name.strip("`")): cell.startswith("yes")
        for row in levels
        for name, cell in zip(header[1:], row[1:], strict=True)
    }


async def test_the_documented_matrix_is_what_happens(policy: RegoPolicy) -> None:
    documented = _documented_matrix()

    assert len(documented) == 25
    for (level, destination), allowed in documented.items():
        verdict = await policy.decide(asked(destination, level=int(Level[level.upper()])))
        assert verdict.allowed == allowed, (level, destination)


def test_every_rule_file_stands_beside_its_test() -> None:
    for folder in sorted((POLICIES / "rules").iterdir()):
        assert {file.name for file in folder.iterdir()} == {f"{folder.name}.rego", f"{folder.name}_test.rego"}


@pytest.mark.parametrize("path", sorted(POLICIES.rglob("*.rego")), ids=lambda path: Path(path).name)
def test_rego_files_keep_to_the_style(path: Path) -> None:
    text = path.read_text()

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    for number, line in enumerate(text.splitlines(), 1):
        assert len(line) <= 120, number
        assert line == line.rstrip(), number
        assert not line.startswith(" "), number
