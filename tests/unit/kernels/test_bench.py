"""What of the benchmarks needs no GPU: another checkout's package beside this one, and what waits for what."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from kernels import bench, bench_cache, bench_freed, bench_stats, bench_turns, graphs
from kernels.cases import Shape, make_batch
from kernels.msa.dispatch import table_of

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("from kernels.msa.layout import DIM", "from other.msa.layout import DIM"),
        ("from kernels import cases", "from other import cases"),
        ("import kernels.msa", "import other.msa"),
        ('importlib.resources.files("kernels.msa")', 'importlib.resources.files("other.msa")'),
        ("mykernels.msa and the kernels themselves", "mykernels.msa and the kernels themselves"),
    ],
)
def test_a_package_gets_another_name(line: str, want: str) -> None:
    assert bench_turns.renamed(line, "other") == want


def test_a_folder_without_the_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="has no kernels/msa"):
        bench_turns.copy_package(tmp_path, "other", tmp_path / "copies")


def test_versions_live_beside_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each runs its own code."""
    checkout = tmp_path / "changed"
    bench_turns.copy_package(REPOSITORY, "kernels", checkout)
    face = checkout / "kernels" / "msa" / "errors.py"
    face.write_text(face.read_text() + "\nCHANGED = True\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    found = bench_turns.versions([checkout], tmp_path / "copies")
    assert list(found) == ["this", "changed"]
    this, changed = found.values()
    assert changed.__name__ == "kernels_0.msa"
    assert changed.decode_index is not this.decode_index
    assert sys.modules["kernels_0.msa.errors"].CHANGED
    assert not hasattr(sys.modules["kernels.msa.errors"], "CHANGED")
    batch = make_batch(Shape(q_lens=[1, 1], prefix_lens=[2300, 100]), seed=60)
    sides = [bench_turns.Version(msa, None) for msa in (this, changed)]
    assert bench_turns.rows_that_differ(*(side.select(batch) for side in sides)) == 0
    assert sides[0].both(batch).equal(sides[1].both(batch))


def test_what_is_given_back_is_cleared_before_anything_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver does so in the background: 10 GB are waited for."""
    reserved, slept = iter([12 * 10**9, 2 * 10**9]), []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: next(reserved))
    monkeypatch.setattr(graphs.time, "sleep", slept.append)
    graphs.release()
    assert slept == [10e9 / graphs.CLEARED_BYTES_PER_S]


def test_a_graph_is_captured_after_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """To capture, torch gives back what is unused: by then there is nothing."""
    done: list[str] = []

    class Graph:
        def replay(self) -> None:
            done.append("replay")

    @contextmanager
    def capture(_graph: Graph) -> Iterator[None]:
        done.append("capture")
        yield

    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(graphs, "release", lambda: done.append("release"))
    graphs.captured(done.append, ["a layer", "another"])
    assert done == ["a layer", "another", "release", "capture", "a layer", "another", "replay"]


def test_replays_are_put_into_bins_of_twenty_milliseconds() -> None:
    samples = [(0.001, 77.0), (0.019, 78.0), (0.0195, 90.0), (0.020, 70.0), (0.061, 69.0)]
    assert bench_freed.binned(samples) == {0: 78.0, 20: 70.0, 60: 69.0}


def test_rows_of_other_blocks_are_counted_and_their_order_is_not() -> None:
    topk = torch.arange(48, dtype=torch.int32).view(1, 3, 16)
    other = topk.flip(-1).clone()
    other[0, 2, 5] = 99
    assert bench_turns.rows_that_differ(topk, other) == 1


@pytest.mark.parametrize(
    ("cache_bytes", "coarse", "layers"), [(2, False, 1), (1, False, 2), (2, True, 3), (1, True, 3)], ids=str
)
def test_layers_are_as_many_as_exceed_twice_the_l2(cache_bytes: int, coarse: bool, layers: int) -> None:
    """4 requests at 128 k read 134 MB of keys in bf16, 67 in fp8, 44 of coarse ones; 17 or 8 of keys and values."""
    case = bench.Case("decode", 4, 4, 1, 128 * 1024)
    assert bench.pool_pages(case, cache_bytes, coarse) == (layers, 4096)


def test_a_token_is_read_and_written_once() -> None:
    """At TP1 77 lines of 256 bytes come in and 77 go out, of which 9 are kept, in fp8 of half the bytes."""
    wide, wide_coarse, narrow, narrow_coarse = (bench_cache.row_bytes(4, kept) for kept in bench_cache.KEPT)
    assert (wide, narrow) == (2 * 77 * 256, 2 * 77 * 256 - 9 * 128)
    assert (wide_coarse - wide, narrow_coarse - narrow) == (84, 84)


@pytest.mark.parametrize("kept", bench_cache.KEPT, ids=[kept.name for kept in bench_cache.KEPT])
def test_an_insert_that_is_timed_stores_its_tokens(kept: bench_cache.Kept) -> None:
    insert = bench_cache.make_insert(2, 1, kept, device="cpu")
    insert()
    stored = insert.caches.idx_k.float().flatten(0, 1).any(-1).nonzero().flatten()
    assert stored.tolist() == sorted(insert.slots.tolist())
    assert (insert.caches.coarse is not None) == kept.coarse


def test_statistics_are_timed_over_selections_that_mean_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, seen = bench_stats.make_selection, []

    def timed(call: Callable[[bench_stats.Selection], Any], layers: Sequence[bench_stats.Selection]) -> float:
        seen.append(call(layers[0]))
        return 12.5

    monkeypatch.setattr(bench_stats, "make_selection", lambda rows, heads, blocks: made(128, heads, blocks, "cpu"))
    bench_stats.time_stats(timed)
    assert capsys.readouterr().out.count("| 12.5 |") == len(seen) == 6
    for stats in seen:
        assert ((stats.overlap > 30) & (stats.overlap < 64)).all()
        assert ((stats.age > 400) & (stats.age < 624)).all()


def test_the_tuner_tries_every_way_that_the_shipped_table_takes_for_prompts() -> None:
    rules = table_of("NVIDIA H200")
    assert {type(rule.plan) for rule in rules["prefill_index"]} <= {type(plan) for plan in bench.INDEX_PLANS}
    for dtype in (torch.bfloat16, torch.float8_e4m3fn):
        tried = {
            (type(plan), getattr(plan, "widened", 0))
            for q_len in (64, 8192)
            for plan in bench.attn_plans(bench.Case("prefill", 4, 1, q_len, 131_072), dtype)
        }
        taken = [rule.plan for rule in rules["prefill_attn"] if rule.cache_bytes in (None, dtype.itemsize)]
        assert {(type(plan), getattr(plan, "widened", 0)) for plan in taken} == tried
