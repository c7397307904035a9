"""The word chain."""

from __future__ import annotations

import pytest

from selfhost.ngram import train, training_words

ROUND = "A cat sat. A dog sat. A cat ran. A dog ran.".split()


def test_every_word_follows_the_two_before_it_somewhere_in_the_text() -> None:
    chain = train(ROUND)
    text = list(chain.words(seed=7, limit=50))
    ring = [*ROUND, *ROUND[:2]]
    seen = set(zip(ring, ring[1:], ring[2:], strict=False))
    for seed in range(20):
        text = list(chain.words(seed=seed, limit=50))
        assert set(zip(text, text[1:], text[2:], strict=False)) <= seen


def test_same_seed_same_words_and_other_seed_other_words() -> None:
    chain = train(training_words())
    first = list(chain.words(seed=1, limit=40))
    assert first == list(chain.words(seed=1, limit=40))
    assert first != list(chain.words(seed=2, limit=40))


@pytest.mark.parametrize("limit", [1, 2, 24, 400])
def test_word_limit_is_kept(limit: int) -> None:
    assert 1 <= len(list(train(training_words()).words(seed=3, limit=limit))) <= limit


def test_text_begins_where_a_sentence_could() -> None:
    chain = train(training_words())
    assert all(next(chain.words(seed=seed, limit=5))[0].isupper() for seed in range(50))


def test_text_without_capitals_is_taken_too() -> None:
    assert list(train(["a", "b", "c"]).words(seed=0, limit=1)) != []


def test_too_little_text_is_refused() -> None:
    with pytest.raises(ValueError, match="three words"):
        train(["one", "two"])
