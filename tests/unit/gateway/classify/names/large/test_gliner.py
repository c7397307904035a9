"""A GLiNER model behind the same port: what is refused before the library sees it, and the library itself.

The tests with the library start it in processes of their own, half a minute together:
`pytest -m slow tests/unit/gateway/classify/names/large/test_gliner.py` after `scripts/torch-packages`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.classify.names.large.gliner import SETTINGS, _windows, check
from gateway.classify.names.large.process import ModelProcess
from gateway.classify.names.model import Name
from tests.unit.gateway.classify.names.large.models import LIBRARY, order_of, require_packages

GLINER = LIBRARY.parent / "gliner-0.2.29"
COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import runpy, sys; sys.path += {[str(LIBRARY), str(GLINER)]!r}; "
    "runpy.run_module('gateway.classify.names.large.worker', run_name='__main__')",
)
GOOD: dict[str, object] = {"model_name": "backbone", "encoder_config": {"model_type": "bert"}, "labels_encoder": None}


def write(directory: Path, settings: dict[str, object]) -> Path:
    for name in ("model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (directory / name).write_bytes(b"{}")
    (directory / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
    return directory


def test_a_complete_directory_that_names_nothing_else_is_read(tmp_path: Path) -> None:
    check(write(tmp_path, GOOD))


@pytest.mark.parametrize(
    "settings",
    [
        {**GOOD, "encoder_config": None},
        {**GOOD, "encoder_config": {"model_type": "bert", "auto_map": {"AutoModel": "somebody/model--code.Model"}}},
        {**GOOD, "labels_encoder": "somebody/labels"},
        {**GOOD, "labels_decoder": "somebody/decoder"},
        {**GOOD, "words_splitter_type": "stanza"},
        {**GOOD, "model_name": "/"},
    ],
    ids=["no encoder", "code of its own", "labels elsewhere", "decoder elsewhere", "another splitter", "a path"],
)
def test_settings_that_reach_out_of_the_directory_are_refused(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"the settings"):
        check(write(tmp_path, settings))


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_an_incomplete_directory_is_refused(tmp_path: Path, missing: str) -> None:
    (write(tmp_path, GOOD) / missing).unlink()
    with pytest.raises(ValueError, match="missing"):
        check(tmp_path)


@pytest.mark.parametrize("size", [4, 8, 9])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 20, 101])
def test_every_word_counts_in_exactly_one_window_that_holds_it(count: int, size: int) -> None:
    text = " ".join(f"w{number}" for number in range(count))
    windows = list(_windows(text, size))
    for word in re.finditer(r"\w+", text):
        [(start, end, _)] = [each for each in windows if each[2][0] <= word.start() < each[2][1]]
        assert start <= word.start()
        assert word.end() <= end


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelProcess]:
    require_packages()
    assert GLINER.is_dir(), "gliner is missing: run scripts/torch-packages"
    directory = tmp_path_factory.mktemp("gliner") / "model"
    script = Path(__file__).with_name("tiny_gliner.py")
    subprocess.run([sys.executable, str(script), str(directory), str(LIBRARY), str(GLINER)], check=True)
    process = ModelProcess(order_of(directory, answer_s=60.0), command=COMMAND)
    process.start()
    yield process
    process.close()


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "Ana Perez works at Acme in Lima.", "word " * 700 + "Ana Perez of Lima"], ids=len)
def test_the_library_answers_with_places_in_the_text(model: ModelProcess, text: str) -> None:
    names = model.names(text)
    assert all(isinstance(name, Name) for name in names)
    assert all(0 <= name.start < name.end <= len(text) and text[name.start : name.end].strip() for name in names)
    assert {name.type for name in names} <= {"PERSON", "LOCATION", "ORGANIZATION"}
    assert all(0.5 <= name.probability <= 1 for name in names)
    assert bool(names) == bool(text)
    assert model.names(text) == names
