"""The published picture is what the published figures draw."""

import csv
from pathlib import Path

from kernels.plot import draw

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_published_picture_is_drawn_from_the_published_figures() -> None:
    with (REFERENCE / "kernels.csv").open(newline="") as lines:
        assert (REFERENCE / "kernels.svg").read_text() == draw(list(csv.DictReader(lines)))
