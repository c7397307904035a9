from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, BudgetSpent, Passage
from gateway.classify.names.countries import load_countries
from gateway.classify.names.large.detector import LargeNamesDetector, off_the_loop, open_large_names
from gateway.classify.names.large.manifest import WrongFiles, manifest_sha256
from gateway.classify.names.large.process import ModelUnavailable
from gateway.classify.names.large.reading import Labels
from gateway.classify.names.model import Name
from gateway.classify.shadow import Shadow
from gateway.errors import StartupError
from gateway.settings import ClassifySettings, LargeNamesSettings
from gateway.types import Level
from tests.unit.gateway.classify.names.large.models import COMMAND, make_model, require_packages

ALWAYS = Budget(float("inf"), lambda: 0.0)


class Fixed:
    """A model that answers what it is told to, or not at all."""

    answer_s = 5.0

    def __init__(self, names: Sequence[Name] | None) -> None:
        self._names = names

    def names(self, text: str) -> list[Name]:
        if self._names is None:
            raise ModelUnavailable
        return list(self._names)


def detector(names: Sequence[Name] | None) -> LargeNamesDetector:
    return LargeNamesDetector(Fixed(names), "revision", load_countries())


def settings(directory: Path | None, pinned: str) -> ClassifySettings:
    chosen = LargeNamesSettings(directory=directory, manifest_sha256=pinned, answer_s=8)
    return ClassifySettings(names="crf+large", names_large=chosen)


def classifier(found: LargeNamesDetector) -> CallClassifier:
    return CallClassifier([found], ClassifySettings(), time.monotonic)


def test_what_the_model_names_becomes_findings_of_the_same_types() -> None:
    names = [Name(0, 2, "PERSON", 0.9), Name(3, 7, "LOCATION", 0.9), Name(8, 13, "LOCATION", 0.9)]
    spans = list(detector(names).detect(Passage.of("王明 Peru Leeds", Shadow()), ALWAYS))
    assert [(span.type, span.score_milli) for span in spans] == [
        ("CN_PERSON", 900),
        ("LOCATION", 300),
        ("LOCATION", 900),
    ]


def test_a_model_that_does_not_answer_makes_the_call_regulated() -> None:
    content = classifier(detector(None)).read_text("Nothing to see here.")
    assert content.failed == ("names_large",)
    assert content.labels.level is Level.REGULATED


def test_a_call_without_time_for_an_answer_does_not_ask() -> None:
    short = Budget(4.0, lambda: 0.0)
    with pytest.raises(BudgetSpent):
        list(detector([]).detect(Passage.of("some text", Shadow()), short))


def test_text_without_letters_is_not_read() -> None:
    assert not detector(None).may_find(Passage.of("1234 - 5678 !!", Shadow()))


def test_a_configured_model_is_asked_and_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    answers = b"".join(len(each).to_bytes(4) + each for each in (b"true", b'[[0, 3, "PERSON", 900]]'))
    command = (sys.executable, "-I", "-c", f"import os; os.write(0, {answers!r}); os.read(0, 99); os.read(0, 99)")
    (found,) = open_large_names(settings(tmp_path, manifest_sha256(tmp_path)), command)
    content = classifier(found).read_text("Ana is here.")
    assert [(each.type, each.detector) for each in content.findings] == [("PERSON", "names_large")]
    assert found.revision == manifest_sha256(tmp_path)


def test_a_model_that_may_take_longer_than_calls_stops_the_start(tmp_path: Path) -> None:
    chosen = LargeNamesSettings(directory=tmp_path, manifest_sha256=manifest_sha256(tmp_path), answer_s=15)
    with pytest.raises(StartupError, match="answer_s"):
        open_large_names(ClassifySettings(names="crf+large", names_large=chosen, timeout_s=20))


def test_a_model_without_a_label_for_people_stops_the_start(tmp_path: Path) -> None:
    require_packages()
    directory = make_model(tmp_path / "model", ("O", "B-LOC", "I-LOC"))
    with pytest.raises(StartupError, match="label for people"):
        open_large_names(settings(directory, manifest_sha256(directory)), COMMAND)


def test_without_the_extra_the_gateway_does_not_start(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    directory.mkdir()
    (directory / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StartupError, match="names-large"):
        open_large_names(settings(directory, manifest_sha256(directory)), (sys.executable, "-c", "pass"))


@pytest.mark.parametrize("pinned", ["", "0" * 64])
def test_other_files_than_the_pinned_ones_stop_the_start(tmp_path: Path, pinned: str) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StartupError, match="names_large"):
        open_large_names(settings(tmp_path, pinned), (sys.executable, "-c", "pass"))


def test_no_directory_stops_the_start() -> None:
    with pytest.raises(StartupError, match="directory"):
        open_large_names(settings(None, "0" * 64))


@pytest.mark.parametrize("name", ["modeling.py", "pytorch_model.bin", "adapter_config.json", "weights.pt", "README"])
def test_a_directory_with_more_than_data_has_no_manifest(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(WrongFiles):
        manifest_sha256(tmp_path)


def test_links_folders_and_missing_directories_have_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("{}", encoding="utf-8")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "config.json").symlink_to(tmp_path / "real.json")
    for directory in (tmp_path / "a", tmp_path, tmp_path / "missing"):
        with pytest.raises(WrongFiles):
            manifest_sha256(directory)


def test_the_manifest_is_what_sha256sum_prints(tmp_path: Path) -> None:
    for name in ("b.json", "a.safetensors", "C.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    command = f"cd '{tmp_path}' && sha256sum -- * | sha256sum"
    printed = subprocess.run(["/bin/sh", "-c", command], env={"LC_ALL": "C"}, capture_output=True, check=True).stdout
    assert manifest_sha256(tmp_path) == printed.decode().split()[0]


def test_unless_asked_no_large_model_is_opened() -> None:
    assert open_large_names(ClassifySettings()) == []


def test_with_a_large_model_every_body_leaves_the_event_loop() -> None:
    assert off_the_loop(settings(None, "")).offload_bytes == 0
    assert off_the_loop(ClassifySettings()) == ClassifySettings()


@pytest.mark.parametrize(
    ("labels", "row", "expected"),
    [
        (("O", "B-PER", "I-PER"), (0.1, 0.5, 0.4), [(0, 3, "PERSON", 900)]),
        (("O", "PERSON", "GPE"), (0.1, 0.2, 0.7), [(0, 3, "LOCATION", 700)]),
        (("O", "I-ORGANISATION", "I-PERSON"), (0.1, 0.9, 0.0), [(0, 3, "ORGANIZATION", 900)]),
        (("O", "B-PER", "B-MISC"), (0.3, 0.3, 0.4), []),
    ],
)
def test_labels_are_read_as_they_are_usually_written(
    labels: tuple[str, ...], row: tuple[float, ...], expected: list[tuple[int, int, str, int]]
) -> None:
    words = iter([(0, 4, np.array(row, np.float32))])
    assert Labels(labels).names("Ana.", words) == expected


def test_a_name_ends_where_another_begins() -> None:
    begins, goes_on = np.array((0, 0.9, 0.1), np.float32), np.array((0, 0.1, 0.9), np.float32)
    words = iter([(0, 3, begins), (4, 8, goes_on), (9, 12, begins)])
    names = Labels(("O", "B-PER", "I-PER")).names("Ana Ruiz Eva", words)
    assert [name[:2] for name in names] == [(0, 8), (9, 12)]


def test_labels_without_people_are_refused() -> None:
    with pytest.raises(ValueError, match="people"):
        Labels(("O", "B-LOC"))
