import itertools

import numpy as np
import pytest

from gateway.classify.names.crf import LABELS, decode
from gateway.classify.names.doubt import is_sure
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
    moves = random.normal(size=(len(LABELS), len(LABELS))).astype(np.float32)
    chances = decode(scores, np.zeros(4, np.bool_), moves)
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
    chances = decode(scores, np.array([False, True, False]), moves)
    assert chances[1, 0] == 1
    assert chances[0, 0] < 0.5


def test_a_lexicon_knows_words_in_any_case_and_the_parts_of_double_names() -> None:
    lexicon = Lexicon(*Lexicon.arrays({"anna": int(Known.FIRST), "street": int(Known.STREET)}))
    assert lexicon.known("ANNA") == Known.FIRST
    assert lexicon.known("Anna-Xyz") == Known.FIRST
    assert lexicon.known("Street") == Known.STREET
    assert not lexicon.known("nothing")


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
