"""Presidio as it comes, on a blank pipeline: every recognizer runs on everything. The reference for our detector."""

from __future__ import annotations

from collections.abc import Iterable

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.tokens import Doc

Found = tuple[str, int, int, int]


class BlankEngine(SpacyNlpEngine):
    """spaCy without a model: the lemma of a token is the token in lower case."""

    def load(self) -> None:
        self.nlp = {"en": spacy.blank("en")}

    def _doc_to_nlp_artifact(self, doc: Doc, language: str) -> NlpArtifacts:
        for token in doc:
            token.lemma_ = token.lower_
        return super()._doc_to_nlp_artifact(doc, language)


class StockPresidio:
    def __init__(self, recognizers: Iterable[EntityRecognizer], threshold: float) -> None:
        registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=["en"])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
        self._threshold = threshold

    def find(self, text: str, context: list[str]) -> set[Found]:
        results = self._engine.analyze(text, "en", score_threshold=self._threshold, context=context)
        return {(each.entity_type, each.start, each.end, round(each.score * 1000)) for each in results}
