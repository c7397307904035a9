"""The picture of the reference page is drawn from its figures."""

import csv
from pathlib import Path

from kernels.plot import draw

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
RECORD = {
    "phase": "decode", "tp": "TP1", "batch": "32", "q_len": "1", "pattern": "iid", "context": "131072",
    "dense": "1900", "vllm": "300", "sglang": "300", "both": "290", "both_coarse": "160",
}  # fmt: skip


def test_each_peer_has_a_line_and_so_has_the_coarse_index() -> None:
    picture = draw([RECORD])
    assert picture.count("<polyline") == 4
    assert picture.count("stroke-dasharray") == 1


def test_no_line_where_nothing_was_measured() -> None:
    picture = draw([RECORD | {"sglang": "", "both_coarse": ""}])
    assert picture.count("<polyline") == 2


def test_the_published_picture_is_drawn_from_the_published_figures() -> None:
    with (REFERENCE / "kernels.csv").open(newline="") as lines:
        assert (REFERENCE / "kernels.svg").read_text() == draw(list(csv.DictReader(lines)))
