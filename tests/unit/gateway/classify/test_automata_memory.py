"""What the automata of all patterns may take together: by their limits, and under texts made to grow them.

The second reads hostile texts in a process of its own, some ten seconds:

    pytest -m slow -n0 tests/unit/gateway/classify/test_automata_memory.py
"""

from __future__ import annotations

import subprocess
import sys

import pytest

MOST_BY_LIMITS_MB, MOST_GROWTH_MB = 1_600, 90
_LIMITS = """
import gc
import re2
from gateway.classify.build import build_classifier
from gateway.classify.prefilter import Group, Places
from gateway.classify.recognizers.announced import Compiled
from gateway.settings import ClassifySettings
classifier = build_classifier(ClassifySettings())
for each in [each for each in gc.get_objects() if isinstance(each, Compiled)]:
    each.announced(), each.further(), each.cell()
made = gc.get_objects()
engines = [each._match.__self__ for each in made if isinstance(each, (Places, Group))]
engines += [each._regexp for each in made if isinstance(each, re2._Regexp)]
limits = [each.options().max_mem for each in engines]
print(len(limits), sum(limits) // 1_000_000)
"""
_GROWTH = """
import random
from gateway.classify.build import build_classifier
from gateway.settings import ClassifySettings
from tests.unit.gateway.classify.attacks import DRAWN, of_size
def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 1_000_000
classifier = build_classifier(ClassifySettings(cache_bytes=0))
built, rng = resident_mb(), random.Random(1)
for _ in range(3):
    for shape in DRAWN:
        text = of_size(shape, 100_000)
        begin = rng.randrange(80_000)
        classifier.read_text(text[begin : begin + 10_000])
print(0, resident_mb() - built)
"""


def _said_by(program: str) -> tuple[int, int]:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    count, size = ended.stdout.split()
    return int(count), int(size)


def test_the_limits_of_all_patterns_together_are_bounded() -> None:
    count, size_mb = _said_by(_LIMITS)
    assert count > 1_000
    assert size_mb <= MOST_BY_LIMITS_MB


@pytest.mark.slow
def test_texts_made_to_grow_the_automata_leave_the_process_within_its_bound() -> None:
    _, growth_mb = _said_by(_GROWTH)
    sys.stdout.write(f"hostile texts: {growth_mb} MB more resident than after the start\n")
    assert growth_mb <= MOST_GROWTH_MB
