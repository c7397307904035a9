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
from gateway.classify.names.training.messages import messages, names_of_languages, names_of_places

Stored = NDArray[np.generic]
JOINING: Final = (
    "the of and to in is for on with at by from my your our am are was de la le el van von "
    "der die das den dem des und ein eine mit auf aus zu im ist nicht du des les et un une du au y en los las il lo e i"
).split()
"""Words that stand between names or beside them, and on lists for it: they speak for nobody."""
_OTHERS: Final = ("fr", "es", "it", "nl", "pt", "pt_BR")
_SMALL: Final = re.compile(r"(?<![\w.])[^\W\d_A-Z]{2,}(?![\w(=])")
_HAN: Final = re.compile("[\u4e00-\u9fff]{2,}")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_TIMES: Final = 4
_PAIR_OFTEN, _PAIR_VERY_OFTEN, _PAIR_IN_PLACES = 5, 40, 2
_IN_CHARACTERS: Final = ("zh_CN", "zh_TW", "ja")


def small_words(texts: Iterable[str]) -> set[str]:
    """Returns the words that are written in small letters often enough."""
    counts = Counter(word for text in texts for word in _SMALL.findall(text))
    return {word for word, count in counts.items() if count >= _TIMES}


def latin_everyday(catalogues: list[Path], manuals: list[Path]) -> dict[str, int]:
    """Returns the everyday words of six languages, what they call languages, and German nouns, as `COMMON`."""
    german = [*messages(catalogues, "de"), *manual_paragraphs(manuals)]
    found = small_words(german) | nouns(german)
    for language in _OTHERS:
        found |= small_words(messages(catalogues, language))
    for language in ("de", *_OTHERS):
        found |= {word.lower() for name in names_of_languages(catalogues, language) for word in _WORD.findall(name)}
    return dict.fromkeys(found, int(Known.COMMON))


def chinese_everyday(catalogues: list[Path]) -> dict[str, int]:
    """Returns `chinese_pairs` of the messages, in Japanese as well, and those of names of places as COMMON."""
    texts = [message for language in _IN_CHARACTERS for message in messages(catalogues, language)]
    places = [name for language in _IN_CHARACTERS for name in names_of_places(catalogues, language)]
    found = {pair for pair, count in _pairs(places).items() if count >= _PAIR_IN_PLACES and not _may_begin_name(pair)}
    return {**dict.fromkeys(found, int(Known.COMMON)), **chinese_pairs(texts)}


def chinese_pairs(texts: Iterable[str]) -> dict[str, int]:
    """Returns the pairs of characters that everyday text is made of: COMMON, the most frequent of them READ as well.

    Without those that a name may begin with: a usual surname, and a character usual in given names.
    """
    return {
        pair: int(Known.COMMON | Known.READ if count >= _PAIR_VERY_OFTEN else Known.COMMON)
        for pair, count in _pairs(texts).items()
        if count >= _PAIR_VERY_OFTEN or (count >= _PAIR_OFTEN and not _may_begin_name(pair))
    }


def _pairs(texts: Iterable[str]) -> Counter[str]:
    return Counter(pair for text in texts for run in _HAN.findall(text) for pair in map("".join, pairwise(run)))


def _may_begin_name(pair: str) -> bool:
    return pair[0] in words.CHINESE_SURNAMES and pair[1] in words.CHINESE_GIVEN


def with_everyday(known: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    """Returns what is `known` of words, and what is `added` of those on no list of names and not known as read."""
    free = {word: what for word, what in added.items() if not known.get(word, 0) & int(NAMING | Known.READ)}
    return {**known, **{word: known.get(word, 0) | what for word, what in free.items()}}


def extended(arrays: Mapping[str, Stored], added: Mapping[str, int]) -> dict[str, Stored]:
    """Returns the arrays of a model file with what is `added` known of words that are on no list of names.

    Nor of those known as read: they are English, where `employer` is a label (French `employer` is an everyday word).
    """
    known: dict[int, int] = dict(zip(arrays["words"].tolist(), arrays["known"].tolist(), strict=True))
    for word, what in added.items():
        before = known.get(word_hash(word), 0)
        if not before & int(NAMING | Known.READ):
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
