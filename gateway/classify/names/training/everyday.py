"""Everyday words for the lexicons: counted in messages of programs and in manual pages, added to shipped models.

The models weigh what a word is known as, so a word that becomes known as an everyday one needs no new weights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import NAMING, Known, word_hash
from gateway.classify.names.training import words
from gateway.classify.names.training.manuals import manual_paragraphs, nouns
from gateway.classify.names.training.messages import messages

Stored = NDArray[np.generic]
JOINING: Final = (
    "the of and to in is for on with at by from my your our am are was de la le el van von "
    "der die das den dem des und ein eine mit auf aus zu im ist nicht du des les et un une du au y en los las il lo e i"
).split()
"""Words that stand between names or beside them, and on lists for it: they speak for nobody."""
_OTHERS: Final = ("fr", "es", "it", "nl", "pt", "pt_BR")
_SMALL: Final = re.compile(r"(?<![\w.])[^\W\d_A-Z]{2,}(?![\w(=])")
_HAN: Final = re.compile("[\u4e00-\u9fff]{2,}")
_TIMES: Final = 4
_PAIR_OFTEN, _PAIR_VERY_OFTEN = 5, 40


def small_words(texts: Iterable[str]) -> set[str]:
    """Returns the words that are written in small letters often enough."""
    counts = Counter(word for text in texts for word in _SMALL.findall(text))
    return {word for word, count in counts.items() if count >= _TIMES}


def latin_everyday(catalogues: list[Path], manuals: list[Path]) -> dict[str, int]:
    """Returns the everyday words of six languages, and German nouns, as `COMMON`."""
    german = [*messages(catalogues, "de"), *manual_paragraphs(manuals)]
    found = small_words(german) | nouns(german)
    for language in _OTHERS:
        found |= small_words(messages(catalogues, language))
    return dict.fromkeys(found, int(Known.COMMON))


def chinese_everyday(catalogues: list[Path]) -> dict[str, int]:
    """Returns `chinese_pairs` of the messages in both ways of writing."""
    return chinese_pairs([*messages(catalogues, "zh_CN"), *messages(catalogues, "zh_TW")])


def chinese_pairs(texts: Iterable[str]) -> dict[str, int]:
    """Returns the pairs of characters that everyday text is made of: COMMON, the most frequent of them READ as well.

    Without those that a name may begin with: a usual surname, and a character usual in given names.
    """
    counts = Counter(pair for text in texts for run in _HAN.findall(text) for pair in map("".join, pairwise(run)))
    return {
        pair: int(Known.COMMON | Known.READ if count >= _PAIR_VERY_OFTEN else Known.COMMON)
        for pair, count in counts.items()
        if count >= _PAIR_VERY_OFTEN or (count >= _PAIR_OFTEN and not _may_begin_name(pair))
    }


def _may_begin_name(pair: str) -> bool:
    return pair[0] in words.CHINESE_SURNAMES and pair[1] in words.CHINESE_GIVEN


def extended(arrays: Mapping[str, Stored], added: Mapping[str, int]) -> dict[str, Stored]:
    """Returns the arrays of a model file with what is `added` known of words that are on no list of names."""
    known: dict[int, int] = dict(zip(arrays["words"].tolist(), arrays["known"].tolist(), strict=True))
    for word, what in added.items():
        before = known.get(word_hash(word), 0)
        if not before & int(NAMING):
            known[word_hash(word)] = before | what
    for word in JOINING:
        if word_hash(word) in known:
            known[word_hash(word)] &= ~int(NAMING)
    ordered = sorted(known.items())
    return {
        **arrays,
        "words": np.array([each for each, _ in ordered], np.uint32),
        "known": np.array([what for _, what in ordered], np.uint8),
    }
