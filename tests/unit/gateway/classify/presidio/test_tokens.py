from __future__ import annotations

import random

from gateway.classify.context_words import Token
from gateway.classify.presidio import Tokenizer
from gateway.classify.presidio.library import spacy

WORDS = (
    "phone",
    "Be",
    "be",
    "the",
    "Call",
    "id",
    "Id",
    "im",
    "cannot",
    "cant",
    "Dr",
    "am",
    "pm",
    "I",
    "a",
    "xD",
    "D",
    "US",
)
SIGNS = ("", ",", ";", ":", "!", "?")


def test_simple_words_are_taken_apart_as_spacy_does() -> None:
    source = random.Random(3)
    tokenizer, pipeline = Tokenizer(), spacy.blank("en")
    letters = ["".join(source.choices("abcdefimnstABDIT", k=source.randint(1, 9))) for _ in range(1_500)]
    digits = [str(source.randrange(10**9)) for _ in range(200)]
    exceptions = [each for each in pipeline.tokenizer.rules if each.isalnum()]
    for word in (*WORDS, *letters, *digits, *exceptions):
        for sign in SIGNS:
            tokens = pipeline.make_doc(word + sign)
            expected = tuple(
                Token(
                    token.idx + len(token),
                    token.lower_,
                    not (token.is_stop or token.is_punct or token.lower_ in ("be", "-pron-")),
                )
                for token in tokens
            )
            assert tokenizer.take_apart(word + sign) == expected, word + sign


def test_simple_stretches_are_taken_apart_as_spacy_does() -> None:
    source = random.Random(5)
    tokenizer, pipeline = Tokenizer(), spacy.blank("en")
    exceptions = sorted(pipeline.tokenizer.rules)

    def digits() -> str:
        return str(source.randrange(10 ** source.randint(1, 5)))

    def body() -> str:
        parts = (digits(), source.choice((*WORDS, "km", "GB", "com", "harbour")), source.choice(exceptions))
        count = source.randint(1, 4)
        kind = source.randrange(5)
        if kind < 2:
            named = source.choice(("", "", f"{source.choice(WORDS)}="))
            return named + "-."[kind].join(digits() for _ in range(count))
        if kind < 4:
            return "".join(source.choice((*parts, ".", "@")).lower() for _ in range(count + 2))
        return source.choice(parts)

    def frame(signs: str, most: int) -> str:
        return "".join(source.choices(signs, k=source.randint(0, most)))

    for number in range(9_000):
        simple = source.choice(("", "(")), source.choice(("", ")")) + source.choice((*SIGNS, "."))
        framed = frame('[{("', 4), frame('"]}),:;', 6)
        opening, closing = simple if number % 3 else framed
        chunk = opening + body() + closing
        expected = tuple(
            Token(
                token.idx + len(token),
                token.lower_,
                not (token.is_stop or token.is_punct or token.lower_ in ("be", "-pron-")),
            )
            for token in pipeline.make_doc(chunk)
        )
        assert tokenizer.take_apart(chunk) == expected, chunk


def test_words_of_earlier_texts_are_let_go() -> None:
    tokenizer = Tokenizer(zone_characters=1000)
    tokenizer.take_apart("the-first-words")
    size = tokenizer.known_words
    for number in range(2000):
        tokenizer.take_apart(f"unheardof-{number}")
    assert tokenizer.known_words <= size + 5 * 1000 // len("unheardof-1")
