"""A small slice of the recognition figures; the whole by `scripts/bench fingerprints`."""

from __future__ import annotations

import pytest

from tests.load.recognition import Corpus, false_shares, found_share, measuring_fingerprinter, snippets, split_library

FINGERPRINTER = measuring_fingerprinter()


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return split_library(FINGERPRINTER, packages=60, installed=400)


def test_ten_lines_of_registered_code_are_recognised(corpus: Corpus) -> None:
    shares = {name: found_share(texts, corpus, FINGERPRINTER) for name, texts in snippets(corpus, 120).items()}
    assert shares["exact"] >= 0.95
    assert shares["10 % of names renamed"] >= 0.9
    assert shares["15 % of lines dropped"] >= 0.9


def test_other_code_is_rarely_taken_for_registered_code(corpus: Corpus) -> None:
    assert len(corpus.installed) >= 1000  # so many that one more or less found says little
    every, chance = false_shares(corpus.installed, corpus, FINGERPRINTER)
    assert every <= 0.02
    assert chance <= 0.01
