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
from gateway.redact.values import Spelling, name_words

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_ID_CHARACTERS = 5
_SUFFIX_CHARACTERS = 2
_MOST_CHARACTERS = 13
_MOST_TRIES = 64
"""So many surrogates are tried; when all are taken, the range is as good as used up."""


class Issuer:
    """The stand-ins of one request. `issued` maps each to what it stands for.

    `values` are the values that must not leave: no surrogate may happen to be one of them. A short type and a canonical
    value (`gateway.redact.values`) say what a spelling is a spelling of.
    """

    def __init__(self, conversation_key: bytes, values: Collection[str] = ()) -> None:
        self._key = conversation_key
        self._values = values
        self._stems: dict[tuple[str, str], str] = {}
        self._stem_owners: set[str] = set()
        self._names: dict[str, set[str]] = {}
        self.issued: dict[str, Spelling] = {}

    def placeholder(self, short: str, value: str, spelling: Spelling) -> str:
        """Returns the placeholder for this spelling of a canonical value, the same for every mention."""
        return self._new_name(short, value, spelling, "[[", "]]")

    def identifier(self, short: str, value: str, spelling: Spelling) -> str:
        """Returns a placeholder without brackets, for names that must be identifiers."""
        return self._new_name(short, value, spelling, "ID_", "")

    def surrogate(self, short: str, value: str, spelling: Spelling) -> str:
        """Returns a value of the same form from a reserved range; a placeholder where none is left."""
        if not spelling.number:
            draw = partial(self._number, "surrogate", short, value)
            offset = partial(self._number, "offset", short)
            for candidate in islice(surrogates(short, spelling.text, draw, offset), _MOST_TRIES):
                is_free = candidate != spelling.text and candidate not in self._values
                if is_free and self.issued.setdefault(candidate, spelling) == spelling:
                    return candidate
        return self.placeholder(short, value, spelling)

    def _new_name(self, short: str, value: str, spelling: Spelling, opening: str, closing: str) -> str:
        stem = self._stem(short, value)
        if value == spelling.text == spelling.json and not spelling.number:
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
            yield "".join([_ALPHABET[number >> place & 31] for place in range(0, 5 * length, 5)])

    def _number(self, *parts: str) -> int:
        message = "".join([f"{len(part)}:{part}" for part in parts])
        return int.from_bytes(hmac.digest(self._key, message.encode(), "sha256"), "big")
