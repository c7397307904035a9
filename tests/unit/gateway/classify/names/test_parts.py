import itertools

import numpy as np
import pytest

from gateway.classify.names.crf import LABELS, Decoder
from gateway.classify.names.doubt import is_sure
from gateway.classify.names.hints import LEAST, NEVER, SMALL, Hint, hint_of, needed_for
from gateway.classify.names.lexicon import Known, Lexicon
from gateway.classify.names.model import Name
from gateway.classify.names.tokens import Kind, kind_of, tokenise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Anne-Marie O'Brien's car", ["Anne-Marie", "O'Brien", "'s", "car"]),
        ("J. Smith, Ph.D.", ["J", ".", "Smith", ",", "Ph", ".", "D", "."]),
        ("a_b c.d x@y.example", ["a_b", "c.d", "x@y.example"]),
        ("Max\nMuster 12a", ["Max", "\n", "Muster", "12a"]),
        ("https://a.example/B?C=Dora", ["https://a.example/B?C=Dora"]),
        ("Ünal 王明 Łódź", ["Ünal", "王明", "Łódź"]),
    ],
)
def test_text_is_cut_into_tokens(text: str, tokens: list[str]) -> None:
    assert tokenise(text)[0] == tokens


def test_every_token_stands_where_it_is_said_to() -> None:
    text = "Dr. Ana-Maria Ruiz_1 lives at 12/3 'Hof', 上海!\n\n  ok"
    for chinese in (False, True):
        tokens, starts = tokenise(text, chinese=chinese)
        assert all(text.startswith(token, start) for token, start in zip(tokens, starts, strict=True))
        assert "".join(tokens) == "".join(text.split(" "))


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("Anna", Kind.CAPITAL),
        ("ANNA", Kind.UPPER),
        ("anna", Kind.LOWER),
        ("McNab", Kind.CAMEL),
        ("A", Kind.LETTER),
        ("12", Kind.NUMBER),
        ("a1", Kind.MIXED_SIGN),
        (",", Kind.SIGN),
        ("王", Kind.HAN),
        ("x" * 31, Kind.MIXED_SIGN),
    ],
)
def test_tokens_have_kinds(token: str, kind: Kind) -> None:
    assert kind_of(token) is kind


def test_probabilities_are_those_of_all_label_sequences_summed() -> None:
    random = np.random.default_rng(3)
    scores = random.normal(size=(4, len(LABELS))).astype(np.float32)
    scores[:, 0] -= 2
    moves = random.normal(size=(len(LABELS), len(LABELS))).astype(np.float32)
    chances = Decoder(moves).decode(scores, np.zeros(4, np.bool_), ENOUGH[:4])
    assert chances is not None
    total = np.zeros_like(scores, np.float64)
    for path in itertools.product(range(len(LABELS)), repeat=4):
        steps = zip((0, *path), (*path, 0), strict=True)
        weight = np.exp(sum(scores[n, each] for n, each in enumerate(path)) + sum(moves[a, b] for a, b in steps))
        for place, each in enumerate(path):
            total[place, each] += weight
    np.testing.assert_allclose(chances, total / total.sum(axis=1, keepdims=True), rtol=1e-4)


def test_a_barred_token_is_never_part_of_a_name() -> None:
    scores = np.full((3, len(LABELS)), 5, np.float32)
    scores[:, 0] = 0
    moves = np.zeros((len(LABELS), len(LABELS)), np.float32)
    chances = Decoder(moves).decode(scores, np.array([False, True, False]), ENOUGH[:3])
    assert chances is not None
    assert chances[1, 0] == 1
    assert chances[0, 0] < 0.5


def exact(scores: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """The probability of O at each token, by all label sequences."""
    total = np.zeros(len(scores))
    whole = 0.0
    for path in itertools.product(range(len(LABELS)), repeat=len(scores)):
        steps = zip((0, *path), (*path, 0), strict=True)
        weight = np.exp(sum(scores[n, each] for n, each in enumerate(path)) + sum(moves[a, b] for a, b in steps))
        whole += weight
        total += weight * (np.array(path) == 0)
    return total / whole


@pytest.mark.parametrize("seed", range(12))
def test_what_is_not_decoded_could_have_been_no_name(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.normal(size=(4, len(LABELS))).astype(np.float32)
    scores[:, 0] += random.uniform(0, 4)
    moves = random.normal(size=(len(LABELS), len(LABELS))).astype(np.float32)
    hints = np.full(4, random.choice([int(Hint.ENOUGH), int(Hint.LISTED | Hint.UNUSUAL)]), np.uint8)
    least_of_o = exact(scores, moves).min()
    if list(Decoder(moves).stretches(scores, np.zeros(4, np.bool_), hints)) == []:
        assert least_of_o > 1 - needed_for(int(hints[0]))


def test_stretches_are_left_out_and_kept() -> None:
    moves = np.zeros((len(LABELS), len(LABELS)), np.float32)
    found = {}
    for weight in (-3.5, 3.5):
        scores = np.full((5, len(LABELS)), -20, np.float32)
        scores[:, 0] = 0
        scores[2, 1] = weight
        for hint in (Hint(0), Hint.LISTED, Hint.LISTED | Hint.UNUSUAL, Hint.ENOUGH):
            hints = np.full(5, int(hint), np.uint8)
            found[weight, int(hint)] = list(Decoder(moves).stretches(scores, np.zeros(5, np.bool_), hints))
    assert [bool(found[3.5, hint]) for hint in (0, 2, 6, 1)] == [False, False, True, True]
    assert not any(found[-3.5, hint] for hint in (0, 2, 6, 1))


@pytest.mark.parametrize(
    ("token", "hint"),
    [
        ("Zorvik", Hint.ENOUGH),
        ("anna", Hint.LISTED | Hint.UNUSUAL),
        ("rose", Hint.LISTED),
        ("verdict", Hint(0)),
        ("zorvik", Hint.UNUSUAL),
        ("'s", Hint.ENOUGH),
        ("王", Hint.ENOUGH),
        ("a1", Hint.ENOUGH),
        ("²", Hint.ENOUGH),
        (",", Hint(0)),
        ("12", Hint(0)),
    ],
)
def test_a_token_hints_at_names(token: str, hint: Hint) -> None:
    assert hint_of(token, kind_of(token), lambda word: LISTS.get(word.lower(), Known(0))) == hint


@pytest.mark.parametrize("kind", ["PERSON", "LOCATION", "ORGANIZATION"])
def test_names_of_words_that_hint_at_none_are_never_sure(kind: str) -> None:
    words = ["anna", "rose", "verdict", "zorvik", "gmbh", "rose-verdict", ",", "12", "-"]

    def known(word: str) -> Known:
        return LISTS.get(word.lower(), Known(0))

    for size in (1, 2, 3):
        for chosen in itertools.product(words, repeat=size):
            text = " ".join(chosen)
            needed = needed_for(int(np.bitwise_or.reduce([hint_of(word, kind_of(word), known) for word in chosen])))
            for probability in (0.84, 0.9, 1.0):
                if is_sure(Name(0, len(text), kind, probability), text, known):
                    assert probability >= needed


def test_hints_add_up() -> None:
    assert [needed_for(hint) for hint in range(8)] == [NEVER, LEAST, NEVER, LEAST, NEVER, LEAST, SMALL, LEAST]


def test_a_lexicon_knows_words_in_any_case_and_the_parts_of_double_names() -> None:
    lexicon = Lexicon(*Lexicon.arrays({"anna": int(Known.FIRST), "street": int(Known.STREET)}))
    assert lexicon.known("ANNA") == Known.FIRST
    assert lexicon.known("Anna-Xyz") == Known.FIRST
    assert lexicon.known("Street") == Known.STREET
    assert not lexicon.known("nothing")


def test_a_lexicon_finds_each_of_its_words_and_no_other() -> None:
    words = {f"word{number}": 1 + number % 255 for number in range(5_000)}
    lexicon = Lexicon(*Lexicon.arrays(words))
    assert {word: lexicon.facts(word) for word in words} == words
    assert sum(lexicon.facts(f"other{number}") > 0 for number in range(5_000)) <= 1


def test_nothing_is_known_where_nothing_is_listed() -> None:
    assert Lexicon(*Lexicon.arrays({})).facts("anna") == 0


ENOUGH = np.full(9, int(Hint.ENOUGH), np.uint8)
LISTS = {"anna": Known.FIRST, "verdict": Known.COMMON, "gmbh": Known.ORGANISATION, "rose": Known.FIRST | Known.COMMON}


@pytest.mark.parametrize(
    ("text", "name", "kind", "probability", "sure"),
    [
        ("call Anna now", "Anna", "PERSON", 0.55, True),
        ("call Zorvik now", "Zorvik", "PERSON", 0.55, False),
        ("call Zorvik now", "Zorvik", "PERSON", 0.8, True),
        ("The Verdict is in", "Verdict", "PERSON", 0.9, False),
        ("call anna now", "anna", "PERSON", 0.9, True),
        ("call anna now", "anna", "PERSON", 0.6, False),
        ("a rose now", "rose", "PERSON", 0.99, False),
        ("the StateVault is", "StateVault", "PERSON", 0.99, False),
        ("ask Ian McDonald now", "Ian McDonald", "PERSON", 0.6, True),
        ("import Anna Zorvik", "Anna Zorvik", "PERSON", 0.9, False),
        ("buy from zorvik gmbh now", "zorvik gmbh", "ORGANIZATION", 0.9, True),
        ("size is 12 34", "12 34", "LOCATION", 0.99, False),
    ],
)
def test_doubt_depends_on_lists_case_and_line(text: str, name: str, kind: str, probability: float, sure: bool) -> None:
    start = text.index(name)
    seen = Name(start, start + len(name), kind, probability)
    assert is_sure(seen, text, lambda word: LISTS.get(word.lower(), Known(0))) is sure
