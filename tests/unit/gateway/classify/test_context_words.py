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
