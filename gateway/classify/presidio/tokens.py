"""A blank spaCy pipeline that takes words apart, as Presidio's context enhancer sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

from spacy.tokenizer import Tokenizer as SpacyTokenizer
from spacy.tokens import Doc

from gateway.classify.context_words import Token, without_runs
from gateway.classify.presidio.library import Language, spacy

ZONE_CHARACTERS = 200_000
"""Characters read in one memory zone of spaCy: bounds what unseen words can hold on to."""
_SIMPLE = re.compile(r"([A-Za-z]+|[0-9]+)([,;:!?]?)")
"""Words that spaCy takes apart in one way, unless it knows them as exceptions: half a microsecond, not fifteen."""
_NO_KEYWORDS = frozenset(("-PRON-", "be"))


class Tokenizer:
    """A blank spaCy pipeline. Not for two threads at once.

    Every new word stays in spaCy's vocabulary for ever unless it is read in a memory zone (memory, and the words are
    personal data); leaving a zone costs 6 ms, so one zone serves `zone_characters` of text.
    """

    __slots__ = ("_exceptions", "_pipeline", "_read", "_stop_words", "_zone", "_zone_characters")

    def __init__(self, zone_characters: int = ZONE_CHARACTERS) -> None:
        self._pipeline: Language = spacy.blank("en")
        self._exceptions = frozenset(cast(SpacyTokenizer, self._pipeline.tokenizer).rules)
        self._stop_words = frozenset(self._pipeline.Defaults.stop_words)
        self._zone = ExitStack()
        self._zone_characters = self._read = zone_characters

    @property
    def known_words(self) -> int:
        """How many strings the pipeline holds."""
        return len(self._pipeline.vocab.strings)

    def take_apart(self, chunk: str) -> tuple[Token, ...]:
        """Returns the tokens of a stretch of text without white space."""
        simple = _SIMPLE.fullmatch(chunk)
        if simple is not None:
            word, sign = simple.groups()
            if word not in self._exceptions and chunk not in self._exceptions:
                lower = word.lower()
                first = Token(len(word), lower, self._is_keyword_of_letters(lower))
                return (first, Token(len(chunk), sign, is_keyword=False)) if sign else (first,)
        self._renew(len(chunk))
        document = self._pipeline.make_doc(chunk)
        return tuple(
            Token(token.idx + len(token), token.lower_.lower(), self._is_keyword(token.lower_)) for token in document
        )

    def document(self, text: str) -> Doc:
        """Returns a text taken apart; good until the next call."""
        self._renew(len(text))
        return self._pipeline.make_doc(without_runs(text))

    def _is_keyword_of_letters(self, word: str) -> bool:
        return word not in self._stop_words and word not in _NO_KEYWORDS

    def _is_keyword(self, word: str) -> bool:
        """As `NlpArtifacts.set_keywords`: stop words, punctuation and two lemmas are no keywords."""
        lexeme = self._pipeline.vocab[word]
        return not (lexeme.is_stop or lexeme.is_punct or word in _NO_KEYWORDS)

    def _renew(self, characters: int) -> None:
        self._read += characters
        if self._read > self._zone_characters:
            self._zone.close()
            self._zone.enter_context(self._pipeline.memory_zone())
            self._read = characters


class Tokenizers:
    """Tokenizers, each used by one thread at a time."""

    __slots__ = ("_spare",)

    def __init__(self) -> None:
        self._spare = [Tokenizer()]

    def take_apart(self, chunk: str) -> tuple[Token, ...]:
        """See `Tokenizer.take_apart`. Safe to call from any thread."""
        tokenizer = self._borrowed()
        try:
            return tokenizer.take_apart(chunk)
        finally:
            self._spare.append(tokenizer)

    @contextmanager
    def document(self, text: str) -> Iterator[Doc]:
        """Lends a text taken apart. Safe to call from any thread; the document must not be kept."""
        tokenizer = self._borrowed()
        try:
            yield tokenizer.document(text)
        finally:
            self._spare.append(tokenizer)

    def _borrowed(self) -> Tokenizer:
        try:
            return self._spare.pop()
        except IndexError:  # asking first would race with another thread
            return Tokenizer()
