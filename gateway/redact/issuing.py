"""What stands for a value while it is away: the same for the same value through a conversation, without shared state.

The identifier is a truncated HMAC-SHA256 of type and canonical value under the conversation's key, so nobody without
the key can test a guess, and other conversations and tenants do not correlate. Two spellings of one value share the
identifier and differ in a suffix, because what comes back must be exactly what was written.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from functools import partial
from itertools import islice

from gateway.redact.surrogates import surrogates
from gateway.redact.values import Spelling, canonical, name_words, short_type

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_ID_CHARACTERS = 5
_SUFFIX_CHARACTERS = 2
_MOST_CHARACTERS = 13
_MOST_TRIES = 64
"""So many surrogates are tried; when all are taken, the range is as good as used up."""


class Issuer:
    """The stand-ins of one request. `issued` maps each to what it stands for.

    `values` are the values that must not leave: no surrogate may happen to be one of them.
    """

    def __init__(self, conversation_key: bytes, values: Collection[str] = ()) -> None:
        self._key = conversation_key
        self._values = values
        self._stems: dict[tuple[str, str], str] = {}
        self._stem_owners: set[str] = set()
        self._names: dict[str, set[str]] = {}
        self._known: dict[tuple[str, str, Spelling], str] = {}
        self.issued: dict[str, Spelling] = {}

    def placeholder(self, kind: str, spelling: Spelling) -> str:
        """Returns the placeholder for this value of a detector's type, the same for every mention."""
        key = ("placeholder", kind, spelling)
        if key not in self._known:
            self._known[key] = self._new_name(kind, spelling, "[[", "]]")
        return self._known[key]

    def identifier(self, kind: str, spelling: Spelling) -> str:
        """Returns a placeholder without brackets, for names that must be identifiers."""
        key = ("identifier", kind, spelling)
        if key not in self._known:
            self._known[key] = self._new_name(kind, spelling, "ID_", "")
        return self._known[key]

    def surrogate(self, kind: str, spelling: Spelling) -> str:
        """Returns a value of the same form from a reserved range; a placeholder where none is left."""
        key = ("surrogate", kind, spelling)
        if key not in self._known:
            found = None if spelling.number else self._new_surrogate(short_type(kind), spelling)
            self._known[key] = found or self.placeholder(kind, spelling)
        return self._known[key]

    def _new_surrogate(self, short: str, spelling: Spelling) -> str | None:
        value = canonical(short, spelling.text)
        draw = partial(self._number, "surrogate", short, value)
        offset = self._number("offset", short)
        for candidate in islice(surrogates(short, spelling.text, draw, offset), _MOST_TRIES):
            is_free = candidate != spelling.text and candidate not in self._values
            if is_free and self.issued.setdefault(candidate, spelling) == spelling:
                return candidate
        return None

    def _new_name(self, kind: str, spelling: Spelling, opening: str, closing: str) -> str:
        short = short_type(kind)
        value = canonical(short, spelling.text)
        stem = self._stem(short, value)
        if spelling == Spelling(value, value):
            token = f"{opening}{stem}{closing}"
            if self.issued.setdefault(token, spelling) == spelling:
                return token
        for suffix in self._identifiers(_SUFFIX_CHARACTERS, short, spelling.text, spelling.json, str(spelling.number)):
            token = f"{opening}{stem}_{suffix}{closing}"
            if self.issued.setdefault(token, spelling) == spelling:
                return token
        raise AssertionError("65 bits collided twice in one request")

    def _stem(self, short: str, value: str) -> str:
        stem = self._stems.get((short, value))
        if stem is None:
            stem = (short == "PERSON" and self._stem_of_name(value)) or self._new_stem(short, value)
            self._stems[short, value] = stem
            if short == "PERSON":
                for word in name_words(value):
                    self._names.setdefault(word, set()).add(stem)
        return stem

    def _stem_of_name(self, value: str) -> str | None:
        """One word of a name known so far is the same person, when it is a word of one person only.

        What stands earlier in the conversation decides, so that a later turn changes nothing.
        """
        words = name_words(value)
        known = set().union(*(self._names.get(word, ()) for word in words))
        shares_one = len(known) == 1 and (len(words) == 1 or self._is_single_word(next(iter(known))))
        return known.pop() if shares_one else None

    def _is_single_word(self, stem: str) -> bool:
        """Whether nothing but single words has this stem yet: a second full name is another person."""
        return not any(len(name_words(value)) > 1 for (_, value), owner in self._stems.items() if owner == stem)

    def _new_stem(self, short: str, value: str) -> str:
        for identifier in self._identifiers(_ID_CHARACTERS, short, value):
            stem = f"{short}_{identifier}"
            if stem not in self._stem_owners:
                self._stem_owners.add(stem)
                return stem
        raise AssertionError("65 bits collided twice in one request")

    def _identifiers(self, characters: int, *parts: str) -> Iterator[str]:
        """The identifier of these parts, then longer ones for the case that it is taken."""
        number = self._number(*parts)
        for length in range(characters, _MOST_CHARACTERS + 1):
            yield "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(length))

    def _number(self, *parts: str) -> int:
        message = b"".join(len(part).to_bytes(8, "big") + part.encode() for part in parts)
        return int.from_bytes(hmac.digest(self._key, message, "sha256"), "big")
