from __future__ import annotations

import random
import re

from gateway.classify.context_words import TextWords
from gateway.classify.presidio import Tokenizer

PIECES = (
    *"the phone of be harbour call I cannot x:y 415 (415) 555-0132, a.b@example.com id word. don't -- why? US".split(),
    *("re:", "no.", '"key":', "é", "…", "\n", "  ", "\t", "x" * 600, "-" * 140),
)
REGULAR = ("harbour", "phone,", "dial!", "Number.", "the", "of", "account")


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


def test_plain_words_right_before_a_place_are_keywords_of_it() -> None:
    source = random.Random(12)
    tokenizer = Tokenizer()
    found = {1: 0, 2: 0, 3: 0}
    for _ in range(600):
        text = " ".join(source.choices((*PIECES, *REGULAR), k=source.randint(1, 30)))
        words = TextWords(text, tokenizer)
        for place in range(len(text)):
            near = list(words.near(place))
            for number, word in enumerate(words.right_before(place), start=1):
                assert near.count(word) > 0, (text, place, word)
                found[number] = found.get(number, 0) + 1
    assert found[1] > 1_000
    assert found[3] > 100
    assert len(found) == 5


def test_no_word_is_right_before_a_place_inside_a_stretch_or_behind_two_blanks() -> None:
    tokenizer = Tokenizer()
    text = "phone 415 phone  416 phone\n417 gonna 418"
    words = TextWords(text, tokenizer)
    assert [list(words.right_before(text.index(each))) for each in ("415", "15", "416", "417", "418")] == [
        ["phone"], [], [], [], [],
    ]  # fmt: skip


WORDS = (*"phone call number id a.b re cannot x:y x -140 a-b 3".split(), "don't", "\n", "  ")
TIED = ("phone-1-2-3-4-5-6-7", "id:1-2-3", "a-b-c-d-e-f-g-h-415", "(1.2.3.4.5)", " ")


def test_a_keyword_is_near_where_one_of_the_keywords_of_the_place_is() -> None:
    source = random.Random(13)
    tokenizer = Tokenizer()
    answers = {True: 0, False: 0}
    for _ in range(500):
        text = source.choice((" ", " ", "\n")).join(source.choices((*PIECES, *TIED), k=source.randint(1, 60)))
        pattern = re.compile("|".join(map(re.escape, source.choices(WORDS, k=2))))
        for place in source.choices(range(len(text)), k=8):
            expected = any(map(pattern.search, TextWords(text, tokenizer).near(place)))
            assert TextWords(text, tokenizer).is_near(place, pattern.search) is expected, (text, place, pattern)
            answers[expected] += 1
    assert min(answers.values()) > 500


def test_what_holds_no_keyword_with_a_word_is_near_no_place() -> None:
    """A word that stands in a text counts only as a part of a keyword."""
    source = random.Random(14)
    tokenizer = Tokenizer()
    answers = {True: 0, False: 0}
    for _ in range(300):
        text = " ".join(source.choices(PIECES, k=source.randint(1, 30)))
        pattern = re.compile(re.escape(source.choice(("call", "phone", "be", "i", "the", "x"))))
        words = TextWords(text, tokenizer)
        held = any(words.holds_keyword(*match.span(), pattern.search) for match in pattern.finditer(text.lower()))
        answers[held] += 1
        if not held:
            assert not any(words.is_near(place, pattern.search) for place in range(len(text)))
    assert min(answers.values()) > 20
