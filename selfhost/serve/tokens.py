"""Text to tokens and back. Only byte-level BPE: each token is some bytes, so that text is exact piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from selfhost.errors import CheckpointError
from selfhost.m3_format import END_THINK, PREFIX, THINK

_SHOWN = frozenset({PREFIX, THINK, END_THINK, "<tool_call>", "</tool_call>"})


class Tokens:
    """A checkpoint's tokenizer. Thread-safe, as the library is."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Takes a tokenizer whose decoder is byte-level. `longest`: characters of a token at most."""
        self._tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder()
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        self.size = 1 + max(vocabulary.values(), default=-1)
        self.longest = max(map(len, vocabulary), default=1)
        self.markers: tuple[str, ...] = tuple(sorted((each.content for each in added.values()), key=len, reverse=True))
        self._hidden = frozenset(n for n, each in added.items() if each.special and each.content not in _SHOWN)
        self._added = {number: each.content.encode() for number, each in added.items()}
        self._byte_of = {character: byte for byte, character in enumerate(_alphabet())}

    @classmethod
    def load(cls, directory: Path) -> Tokens:
        """Returns the tokenizer of a checkpoint. Raises `CheckpointError`."""
        try:
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        except Exception:  # noqa: BLE001  (the library raises this very class)
            raise CheckpointError("tokenizer.json is missing or cannot be read") from None
        if type(tokenizer.decoder).__name__ != "ByteLevel":
            raise CheckpointError("tokenizer.json: only byte-level tokenizers are known to this engine")
        return cls(tokenizer)

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of trusted text: a marker in it becomes its token."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_literal(self, marker: str) -> list[int]:
        """Returns tokens that read as this marker and are not it: letter by letter no marker is recognised."""
        return [token for character in marker for token in self.encode(character)]

    def bytes_of(self, token: int) -> bytes:
        """Returns the bytes of one token, markers of the answer's format included."""
        if token in self._hidden:
            return b""
        if token in self._added:
            return self._added[token]
        word = self._tokenizer.id_to_token(token) or ""
        return bytes(self._byte_of[character] for character in word)

    def text_of(self, tokens: Iterable[int]) -> str:
        """Returns whole text; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.bytes_of(token) for token in tokens).decode("utf-8", "replace")


class Detokenizer:
    """One answer's text, token by token. A character comes when its last byte has come."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        """Returns the characters that are whole now."""
        return self._decoder.decode(self._tokens.bytes_of(token))

    def finish(self) -> str:
        """Returns what an answer that ended inside a character leaves."""
        return self._decoder.decode(b"", final=True)


def _alphabet() -> Sequence[str]:
    """The character that stands for each byte in a byte-level vocabulary, as GPT-2 defined it."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(rest)) for byte in range(256)]
