"""What was read by other code or under other settings has another release. The fleet is in `memory/test_fleet.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.classify.release import release_revision
from gateway.settings import ClassifySettings


@pytest.mark.parametrize(
    "changed",
    [{"names": "off"}, {"score_milli": 500}, {"countries": ("us",)}, {"languages": ("en", "de")}, {"ocr": "eng"}],
    ids=str,
)
def test_a_setting_that_changes_what_is_found_is_another_release(changed: dict[str, object]) -> None:
    assert release_revision(ClassifySettings.model_validate(changed)) != release_revision(ClassifySettings())


def test_another_python_is_another_release() -> None:
    assert release_revision(ClassifySettings(), "3.11.2 (main)") != release_revision(ClassifySettings())


def test_what_reading_may_cost_and_where_it_is_kept_is_the_same_release() -> None:
    costs = {"timeout_s": 3.0, "cpu_s": 2.0, "queue": 3, "cache_bytes": 0, "cache_url": "redis://h", "offload_bytes": 9}
    assert release_revision(ClassifySettings.model_validate(costs)) == release_revision(ClassifySettings())


def test_a_changed_recognizer_of_the_company_is_another_release(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    settings = ClassifySettings(recognizers=(str(file),))
    file.write_text("recognizers: [{name: A}]", encoding="utf-8")
    before = release_revision(settings)
    assert release_revision(settings) == before
    file.write_text("recognizers: [{name: B}]", encoding="utf-8")
    assert release_revision(settings) != before


def test_a_class_of_the_company_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_recognizer.py").write_text("class Own: ...", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = ClassifySettings(recognizers=("own_recognizer:Own",))
    before = release_revision(settings)
    (tmp_path / "own_recognizer.py").write_text("class Own: changed = True", encoding="utf-8")
    assert release_revision(settings) != before


def test_a_class_that_lies_in_no_file_counts_by_its_name() -> None:
    one, other = (ClassifySettings(recognizers=(f"sys:{name}",)) for name in ("One", "Other"))
    assert release_revision(one) != release_revision(other)
