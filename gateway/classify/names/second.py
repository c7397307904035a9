"""A second opinion: a small spaCy entity recognizer of our own, asked only when the setting says so.

It reads the same tokens as the first model, so spaCy's tokenizer, which takes quadratic time on runs of signs, never
runs; and its vocabulary forgets each text, so that no word of a prompt stays in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from gateway.classify.names.model import Name
from gateway.classify.names.tokens import tokenise

FILE: Final = "second.bin"
_REVISION_SIZE: Final = 16
_PROBABILITY: Final = 0.55
"""spaCy's transition model states no probability of its own; this is its share of right names on held-out templates."""

CONFIG: Final = {
    "model": {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 48,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": {
            "@architectures": "spacy.Tok2Vec.v2",
            "embed": {
                "@architectures": "spacy.MultiHashEmbed.v2",
                "width": 64,
                "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
                "rows": [3000, 800, 1500, 800],
                "include_static_vectors": False,
            },
            "encode": {
                "@architectures": "spacy.MaxoutWindowEncoder.v2",
                "width": 64,
                "window_size": 1,
                "maxout_pieces": 3,
                "depth": 3,
            },
        },
    }
}


class SpacyOpinion:
    """Satisfies `gateway.classify.names.detector.Opinion`."""

    def __init__(self, language: Language, revision: str = "") -> None:
        """Takes a pipeline with one entity recognizer, and what changes with it."""
        self._language = language
        self.revision = revision

    def names(self, text: str) -> Iterator[Name]:
        """Yields the names in a text, in order."""
        tokens, starts = tokenise(text)
        with self._language.memory_zone():
            for first, last, kind in _entities(self._language, tokens):
                yield Name(starts[first], starts[last] + len(tokens[last]), kind, _PROBABILITY)


def _entities(language: Language, tokens: list[str]) -> list[tuple[int, int, str]]:
    if not tokens:
        return []
    document = Doc(language.vocab, words=tokens)
    for _, pipe in language.pipeline:
        document = pipe(document)
    return [(span.start, span.end - 1, span.label_) for span in document.ents]


def blank_language(labels: Iterable[str] = ()) -> Language:
    """Returns the untrained pipeline."""
    language = spacy.blank("xx")
    recognizer = language.add_pipe("ner", config=CONFIG)
    for label in labels:
        recognizer.add_label(label)  # type: ignore[attr-defined]
    return language


def load_second() -> SpacyOpinion:
    """Returns the trained pipeline of this package; nothing is downloaded."""
    language = blank_language()
    stored = (resources.files(__package__) / "data" / FILE).read_bytes()
    language.get_pipe("ner").from_bytes(stored, exclude=["vocab"])  # type: ignore[attr-defined]
    return SpacyOpinion(language, hashlib.blake2b(stored, digest_size=_REVISION_SIZE).hexdigest())
