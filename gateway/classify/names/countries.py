"""Names of countries, kept as hashes like the lexicon: a country alone points to nobody.

45 CFR 164.514(b)(2)(i)(B) counts "all geographic subdivisions smaller than a State" among what identifies people; a
country is none. Masking it would cost the question its sense ("the capital of [[LOCATION_7F3A]]") and hide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import word_hash

FILE: Final = "countries.npy"
SCORE_MILLI: Final = 300
"""Of a country by itself: below the default of `classify.score_milli` (350), so it is neither reported nor masked."""
_ARTICLE: Final = re.compile(r"(?i)^(?:(?:the|die|der|das|la|le|les|el|los|las|il|lo|gli|de|het|o|os|as)\s+|l['’])")
_BETWEEN: Final = re.compile(r"\s*[,/&、，和与及]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|en|of)\s+")
_SPACES: Final = re.compile(r"\s+")


class Countries:
    """The names of countries and continents, in the languages that the models read. Immutable."""

    def __init__(self, hashes: NDArray[np.uint32]) -> None:
        """Takes what `country_hashes` returns."""
        self._hashes = frozenset(hashes.tolist())

    def __contains__(self, name: str) -> bool:
        """Whether `name` is a country, or several of them, and nothing else. An article before one does not count."""
        return all(map(self._is_one, _BETWEEN.split(name)))

    def _is_one(self, name: str) -> bool:
        plain = _SPACES.sub(" ", name.strip())
        return word_hash(plain) in self._hashes or word_hash(_ARTICLE.sub("", plain, count=1)) in self._hashes


def country_hashes(names: Iterable[str]) -> NDArray[np.uint32]:
    """Returns the array to store for these names."""
    return np.array(sorted({word_hash(name) for name in names}), np.uint32)


def load_countries() -> Countries:
    """Returns the countries of this package."""
    with (resources.files(__package__) / "data" / FILE).open("rb") as stream:
        return Countries(np.load(stream))
