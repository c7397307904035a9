"""The plug-in against vLLM's Python, without a GPU and without vLLM.

VLLM_WHEELS=FOLDER pytest -m slow tests/unit/selfhost/vllm_plugin/test_contract.py    the real files
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from selfhost.attest.profile import ENVIRONMENT
from selfhost.vllm_plugin import register
from selfhost.vllm_plugin.gate import reason_against, supported
from selfhost.vllm_plugin.launch import Launch, command
from selfhost.vllm_plugin.state import DIRECTORY, Kernels, State, note, noted
from selfhost.vllm_plugin.surface import OPTIONS, derive, differences, of_wheel

RECORDED = supported()


@pytest.mark.parametrize("minor", sorted(RECORDED))
def test_a_known_version_with_the_recorded_surface_gets_the_override(minor: str) -> None:
    for installed in (f"{minor}.0", f"{minor}.1", f"{minor}.0+cu130"):
        assert reason_against(installed, RECORDED[minor]) == ""


@pytest.mark.parametrize("installed", ["0.28.0", "0.34.0", "0.33.0rc1", "0.33.dev1", "dev", "", "10.33.0"])
def test_an_unknown_version_stays_stock(installed: str) -> None:
    assert "is not one of" in reason_against(installed, RECORDED["0.33"])


@pytest.mark.parametrize("minor", sorted(RECORDED))
def test_every_single_difference_stays_stock(minor: str) -> None:
    recorded = RECORDED[minor]
    for place in recorded:
        assert place in reason_against(f"{minor}.0", {**recorded, place: "missing"})
    assert reason_against(f"{minor}.0", {})


def test_nothing_that_is_relied_on_is_missing_from_what_was_recorded() -> None:
    for surface in RECORDED.values():
        assert [place for place, what in surface.items() if what == "missing"] == []


def test_every_option_and_variable_of_the_command_was_looked_for() -> None:
    launches = [
        Launch(Path("/m"), "m3", "127.0.0.1", 8000, tensor_parallel=8, nodes=2, node_rank=rank, master="10.0.0.1")
        for rank in (0, 1)
    ]
    launches.append(Launch(Path("/m"), "m3", "127.0.0.1", 8000, nodes=2, launcher="ray"))
    used = {part for launch in launches for part in command(launch) if part.startswith("--")}
    assert used == set(OPTIONS)
    for surface in RECORDED.values():
        assert used <= surface.keys()
        assert {name for name in ENVIRONMENT if name.startswith("VLLM_")} <= surface.keys()


@pytest.mark.slow
@pytest.mark.parametrize("minor", sorted(RECORDED))
def test_the_recorded_surface_is_that_of_the_wheel(minor: str) -> None:
    wheel = next(Path(os.environ["VLLM_WHEELS"]).glob(f"vllm-{minor}.*.whl"))
    assert differences(RECORDED[minor], of_wheel(wheel)) == ()


SOURCE = '''
class MiniMaxM3Indexer:
    def __init__(self):
        self.impl = 1
    @property
    def index_cache(self):
        """Documented."""
        return self.impl.index_cache  # a comment
    def forward(self, index_query):
        return 0
'''
INDEXER = "vllm/models/minimax_m3/common/indexer.py"


def surface_of(source: str) -> dict[str, str]:
    return derive(lambda path: {INDEXER: source}[path])


def test_a_body_counts_without_its_comments_and_a_signature_with_its_names() -> None:
    plain = surface_of(SOURCE)
    assert plain[f"{INDEXER}:MiniMaxM3Indexer.impl"] == "present"
    assert surface_of(SOURCE.replace("  # a comment", "").replace("Documented", "Otherwise")) == plain
    other_body = surface_of(SOURCE.replace("self.impl.index_cache", "self.impl.cache"))
    assert differences(plain, other_body) == (f"{INDEXER}:MiniMaxM3Indexer.index_cache body",)
    other_name = surface_of(SOURCE.replace("index_query", "query"))
    assert differences(plain, other_name) == (f"{INDEXER}:MiniMaxM3Indexer.forward",)


def test_source_that_cannot_be_read_or_parsed_is_missing_not_an_error() -> None:
    assert set(surface_of("class Broken(").values()) == {"missing"}


def test_without_vllm_nothing_is_raised_and_the_state_says_stock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    register()
    register(lambda: "")
    register(lambda: "another version")
    assert noted(tmp_path) == (State(Kernels.STOCK, "another version"),)
    assert "no vLLM is installed" in caplog.text
    assert "could not be registered: ModuleNotFoundError" in caplog.text


def test_a_state_that_cannot_be_written_or_read_never_claims_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path / "nowhere"))
    note(State(Kernels.OURS, layers=57))
    assert "cannot be written" in caplog.text
    (tmp_path / "1.json").write_text(json.dumps({"kernels": "mine"}))
    assert [state.kernels for state in noted(tmp_path)] == [Kernels.STOCK]
