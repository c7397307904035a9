"""What is loaded, what the revision covers, and what a directory may not be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.policy.bundle import catalog_path, load_bundle, policy_directory
from gateway.settings import PolicySettings
from tests.unit.gateway.policy.samples import POLICIES, catalog, shipped_bundle


@pytest.fixture(name="directory")
def _directory(tmp_path: Path) -> Path:
    copied = tmp_path / "policies"
    shutil.copytree(POLICIES, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def test_the_default_directory_is_the_packaged_one() -> None:
    assert policy_directory(PolicySettings()) == POLICIES
    assert catalog_path(PolicySettings(catalog="catalog/demo.json")) == POLICIES / "catalog" / "demo.json"


def test_tests_are_kept_apart_from_what_decides() -> None:
    bundle = shipped_bundle()

    assert "route/decision.rego" in bundle.modules
    assert not any(path.endswith("_test.rego") for path in bundle.modules)
    assert "rules/cn_nil_7/cn_nil_7_test.rego" in bundle.tests


def test_data_holds_limits_and_the_facts_of_the_catalogue() -> None:
    data = json.loads(shipped_bundle().data)

    assert data["limits"]["compelled"]["countries"] == ["cn", "hk", "mo"]
    assert data["catalog"]["destinations"]["minimax-intl"]["facts"]["control"]["value"] == "cn"
    assert set(data) == {"catalog", "limits"}


@pytest.mark.parametrize(
    "name", ["rules/sec_1/sec_1.rego", "rules/sec_1/sec_1_test.rego", "limits/data.json", "schemas/question.json"]
)
def test_any_changed_file_changes_the_revision(directory: Path, name: str) -> None:
    before = load_bundle(directory, catalog()).revision
    (directory / name).write_text((directory / name).read_text() + "\n")

    assert load_bundle(directory, catalog()).revision != before


def test_another_catalogue_is_another_revision(directory: Path) -> None:
    assert load_bundle(directory, catalog()).revision != load_bundle(directory, catalog("demo")).revision


def test_equal_directories_have_equal_revisions(directory: Path) -> None:
    assert load_bundle(directory, catalog()).revision == shipped_bundle().revision


def test_the_stamp_is_for_exactly_these_bytes(directory: Path) -> None:
    assert load_bundle(directory, catalog()).tested
    rule = directory / "rules" / "sec_1" / "sec_1.rego"
    rule.write_text(rule.read_text() + "\n")

    assert not load_bundle(directory, catalog()).tested


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tests_digest": null}', "{"])
def test_a_stamp_that_cannot_be_read_is_no_stamp(directory: Path, content: str) -> None:
    (directory / "tested.json").write_text(content)

    assert not load_bundle(directory, catalog()).tested


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", None),
        ("manifest.json", "{"),
        ("manifest.json", "[]"),
        ("manifest.json", "{}"),
        ("limits/data.json", None),
        ("limits/data.json", "{"),
        ("limits/data.json", "[]"),
        ("tests/data.json", None),
        ("schemas/question.json", None),
    ],
)
def test_a_missing_or_broken_file_stops_the_start(directory: Path, name: str, content: str | None) -> None:
    if content is None:
        (directory / name).unlink()
    else:
        (directory / name).write_text(content)

    with pytest.raises(StartupError):
        load_bundle(directory, catalog())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rego_version", 0),
        ("roots", "gateway"),
        ("entrypoint", 1),
        ("input_schema", None),
        ("data", ["limits.json"]),
        ("data", ["catalog/data.json"]),
        ("data", ["limits/data.json", "limits/data.json"]),
        ("data", ["nowhere/data.json"]),
        ("surprise", 1),
    ],
)
def test_a_manifest_that_cannot_be_meant_stops_the_start(directory: Path, key: str, value: object) -> None:
    manifest = json.loads((directory / "manifest.json").read_text())
    (directory / "manifest.json").write_text(json.dumps({**manifest, key: value}))

    with pytest.raises(StartupError):
        load_bundle(directory, catalog())


def test_a_file_that_is_not_utf8_stops_the_start(directory: Path) -> None:
    (directory / "route" / "extra.rego").write_bytes(b"package gateway.route\n# \xff\n")

    with pytest.raises(StartupError, match=r"route/extra\.rego"):
        load_bundle(directory, catalog())


def test_a_directory_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        load_bundle(tmp_path / "none", catalog())
