from __future__ import annotations

import random

from gateway.classify.context_words import TextWords
from gateway.classify.presidio import Tokenizer

PIECES = (
    *"the phone of be harbour call I cannot x:y 415 (415) 555-0132, a.b@example.com id word. don't -- why? US".split(),
    *("re:", "no.", '"key":', "é", "…", "\n", "  ", "\t", "x" * 600, "-" * 140),
)


def test_no_keyword_of_a_place_stands_outside_its_reach() -> None:
    source = random.Random(11)
    tokenizer = Tokenizer()
    for _ in range(300):
        text = " ".join(source.choices(PIECES, k=source.randint(1, 40)))
        words = TextWords(text, tokenizer)
        for place in source.choices(range(len(text)), k=8):
            begin, end = words.reach(place)
            reached = text[begin:end].lower()
            for keyword in words.near(place):
                assert keyword in reached or not keyword.strip(), (text, place, keyword)


def test_the_plain_word_before_a_place_is_one_of_its_keywords() -> None:
    source = random.Random(12)
    tokenizer = Tokenizer()
    found = 0
    for _ in range(400):
        text = " ".join(source.choices(PIECES, k=source.randint(1, 30)))
        words = TextWords(text, tokenizer)
        assert words.plain_before(len(text) - 1) == ""  # nobody asked `reach` yet
        for place in range(len(text)):
            words.reach(place)
            word = words.plain_before(place)
            if word:
                found += 1
                assert word in list(words.near(place)), (text, place, word)
    assert found > 200
