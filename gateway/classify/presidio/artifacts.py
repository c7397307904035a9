"""What a recognizer that is run as it is may ask of a text: Presidio's `NlpArtifacts` of a blank pipeline."""

from __future__ import annotations

from spacy.tokens import Doc

from gateway.classify.presidio.library import NlpArtifacts


class BlankEngine:
    """The two questions that `NlpArtifacts` asks of an engine, answered from the vocabulary of a document."""

    __slots__ = ("_document",)

    def __init__(self, document: Doc) -> None:
        self._document = document

    def is_stopword(self, word: str, language: str) -> bool:
        """Whether a word is a stop word."""
        del language
        return bool(self._document.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        """Whether a word is punctuation."""
        del language
        return bool(self._document.vocab[word].is_punct)


def artifacts_of(document: Doc) -> NlpArtifacts:
    """Returns the artifacts of a document: no entities, the lemma of a token is the token in lower case."""
    return NlpArtifacts(
        entities=[],
        tokens=document,
        tokens_indices=[token.idx for token in document],
        lemmas=[token.lower_ for token in document],
        nlp_engine=BlankEngine(document),
        language="en",
    )
