"""What takes words apart in a blank spaCy pipeline, as Presidio's context enhancer sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import cast

from spacy.tokens import Doc

from gateway.classify.context_words import Token, without_runs
from gateway.classify.presidio.library import EnglishDefaults, Language, create_tokenizer, create_vocab

ZONE_CHARACTERS = 200_000
"""Characters read in one memory zone of spaCy: bounds what unseen words can hold on to."""
_NUMBERS = r"(?:[A-Za-z]+=)?(?:[0-9]+(?:-[0-9]+)+|[0-9]+(?:\.[0-9]+)*)"
_WORDS = r"[A-Za-z]+|[a-z0-9]+(?:[.@][a-z0-9]+)*[.@][a-z]{2,}"
_LONGEST = 1_000_000
"""Characters of one text, as in a pipeline."""
_SIMPLE = re.compile(rf"(\(?)({_NUMBERS}|{_WORDS})(\)?)([,;:!?]|(?<=[a-z0-9])\.|)")
"""What spaCy takes apart in one way, unless it knows it as an exception: a microsecond, not thirty."""
_FRAMED = re.compile(rf"([\[{{(\"]{{0,4}})({_NUMBERS}|{_WORDS})([\]}})\",:;]{{0,6}})")
"""The same among quotation marks and brackets, as in JSON: each such sign is a token."""
_FRAME = '[]{}()",:;'
_BY_HYPHEN = re.compile(r"-|[^-]+")
_NO_KEYWORDS = frozenset(("-PRON-", "be"))


class Tokenizer:
    """The tokenizer of a blank English pipeline. Not for two threads at once.

    Every new word stays in spaCy's vocabulary for ever unless it is read in a memory zone (memory, and the words are
    personal data); leaving a zone costs 6 ms, so one zone serves `zone_characters` of text.
    """

    __slots__ = (
        "_exceptions", "_faces", "_framed_exceptions", "_read", "_tokenizer", "_vocab", "_zone", "_zone_characters",
        "irregular", "stop_words", "unusual",
    )  # fmt: skip

    def __init__(self, zone_characters: int = ZONE_CHARACTERS) -> None:
        # As `spacy.blank("en")` makes them, without what else makes a pipeline: 0.3 s and 10 MB.
        self._vocab = create_vocab("en", EnglishDefaults)
        parts = SimpleNamespace(vocab=self._vocab, Defaults=EnglishDefaults)
        self._tokenizer = create_tokenizer()(cast(Language, parts))
        self._exceptions = frozenset(self._tokenizer.rules)
        self._framed_exceptions = frozenset(each.strip(_FRAME) for each in self._exceptions) - {""}
        self._faces = tuple(each for each in self._exceptions if not each.strip(_FRAME))
        self.stop_words = _NO_KEYWORDS | frozenset(EnglishDefaults.stop_words)
        self.irregular = frozenset(form for word in self._exceptions for form in (word.lower(), word[:-1].lower()))
        self.unusual = self.stop_words | self.irregular
        self._zone = ExitStack()
        self._zone_characters = self._read = zone_characters

    @property
    def known_words(self) -> int:
        """How many strings the vocabulary holds."""
        return len(self._vocab.strings)

    def take_apart(self, chunk: str) -> tuple[Token, ...]:
        """Returns the tokens of a stretch of text without white space."""
        if chunk.isascii() and (chunk.isalpha() or chunk.isdigit()) and chunk not in self._exceptions:
            lower = chunk.lower()
            return (Token(len(chunk), lower, self._is_keyword_of_letters(lower)),)
        simple = _SIMPLE.fullmatch(chunk)
        if simple is not None and self._exceptions.isdisjoint(_stripped(*simple.groups())):
            return tuple(self._simple_tokens(*simple.groups()))
        framed = _FRAMED.fullmatch(chunk)
        if framed is not None and self._is_frame(*framed.groups()):
            return tuple(self._framed_tokens(*framed.groups()))
        self._renew(len(chunk))
        document = self._document(chunk)
        return tuple(
            Token(token.idx + len(token), token.lower_.lower(), self._is_keyword(token.lower_)) for token in document
        )

    def _simple_tokens(self, opening: str, body: str, closing: str, sign: str) -> Iterator[Token]:
        """The tokens of a simple stretch: spaCy splits digits at hyphens, and signs off both ends."""
        parts = _BY_HYPHEN.findall(body) if "-" in body else (body,)
        end = 0
        for part in (opening, *parts, closing, sign):
            if part:
                end += len(part)
                lower = part.lower()
                yield Token(end, lower, part[0].isalnum() and self._is_keyword_of_letters(lower))

    def _is_frame(self, opening: str, body: str, closing: str) -> bool:
        """Whether no exception can reach from the body into the signs around it, or stand among these."""
        if any(each in opening or each in closing for each in self._faces):
            return False
        first, _, rest = body.partition("-")
        return self._framed_exceptions.isdisjoint((body, first, rest.rpartition("-")[2]))

    def _framed_tokens(self, opening: str, body: str, closing: str) -> Iterator[Token]:
        for end, sign in enumerate(opening, start=1):
            yield Token(end, sign, is_keyword=False)
        before = len(opening)
        for token in self._simple_tokens("", body, "", ""):
            yield Token(before + token.end, token.lower, token.is_keyword)
        for end, sign in enumerate(closing, start=before + len(body) + 1):
            yield Token(end, sign, is_keyword=False)

    def document(self, text: str) -> Doc:
        """Returns a text taken apart; good until the next call."""
        self._renew(len(text))
        return self._document(without_runs(text))

    def _is_keyword_of_letters(self, word: str) -> bool:
        return word not in self.stop_words

    def _is_keyword(self, word: str) -> bool:
        """As `NlpArtifacts.set_keywords`: stop words, punctuation and two lemmas are no keywords."""
        lexeme = self._vocab[word]
        return not (lexeme.is_stop or lexeme.is_punct or word in _NO_KEYWORDS)

    def _document(self, text: str) -> Doc:
        if len(text) > _LONGEST:
            raise ValueError("the text is longer than a pipeline takes")
        document: Doc = self._tokenizer(text)
        return document

    def _renew(self, characters: int) -> None:
        self._read += characters
        if self._read > self._zone_characters:
            self._zone.close()
            self._zone.enter_context(self._vocab.memory_zone())
            self._read = characters


class Tokenizers:
    """Tokenizers, each used by one thread at a time."""

    __slots__ = ("_spare", "irregular", "stop_words", "unusual")

    def __init__(self) -> None:
        tokenizer = Tokenizer()
        self._spare = [tokenizer]
        self.stop_words, self.irregular, self.unusual = tokenizer.stop_words, tokenizer.irregular, tokenizer.unusual

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


def _stripped(opening: str, body: str, closing: str, sign: str) -> tuple[str, ...]:
    """What is left of a simple stretch at any time while signs are taken off its ends."""
    if not opening and not closing:
        return (body, body + sign)
    inner, last = body + closing, body.rpartition("-")[2] + closing
    left = (body, body + sign, inner, inner + sign, last, last + sign, closing + sign)
    return (*left, opening + body, opening + inner, opening + inner + sign) if opening else left
