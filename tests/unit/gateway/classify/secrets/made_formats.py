"""Credentials that nobody issued, made from the table's own patterns: random, with right checksums."""

from __future__ import annotations

import base64
import random
import re
import re._constants as kinds
import re._parser as parser
from collections.abc import Iterable

import orjson

from gateway.classify.secrets.checksums import bech32_polymod, crc32_base62, crc32_hex, sha256_base32
from gateway.classify.secrets.format import ALPHABETS, Checksum, Format

_PRINTABLE = "".join(map(chr, range(33, 127)))
_ANY_CHARACTER = "".join(c for c in _PRINTABLE if c not in "'\"\\`<>&;, ")
_LONGEST_OPEN = 12
"""Characters beyond the least where a pattern sets no limit."""
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def made(row: Format, rng: random.Random) -> str:
    """Returns a value of a format whose checksum, if any, holds."""
    value = expanded(re.sub(r"<([a-z0-9]+)>", lambda m: f"[{ALPHABETS[m.group(1)]}]", row.pattern), rng)
    match row.checksum:
        case Checksum.CRC32_BASE62:
            prefix, _, body = value.partition("_")
            return f"{prefix}_{body[:-6]}{crc32_base62(body[:-6])}"
        case Checksum.SHA256_BASE32:
            return f"{value[:77]}{sha256_base32(value[:77])}{value[85:]}"
        case Checksum.CRC32_HEX:
            body = value.rpartition("_")[0]
            return f"{body}_{crc32_hex(body)}"
        case Checksum.MAPBOX:
            return f"{value[:3]}{_encoded({'u': _letters(rng, 8), 'a': _letters(rng, 24)})}.{value.rsplit('.', 1)[1]}"
        case Checksum.SENTRY:
            return f"sntrys_{_encoded({'iat': 1700000000, 'org': _letters(rng, 6)})}_{value.rsplit('_', 1)[1]}"
        case Checksum.DISCORD:
            number = str(rng.randrange(10**17, 10**18)).encode()
            return f"{base64.urlsafe_b64encode(number).decode().rstrip('=')}.{value.split('.', 1)[1]}"
        case Checksum.AZURE_SHARED_KEY:
            return base64.b64encode(rng.randbytes(64)).decode()
        case Checksum.BASIC:
            return base64.b64encode(f"{_letters(rng, 6)}:{_letters(rng, 12)}7!".encode()).decode()
        case Checksum.AGE:
            return age_key(rng)
        case _:
            return value


def label_of(row: Format, rng: random.Random) -> str:
    """Returns words that announce a format."""
    return expanded(row.label, rng).strip("'\" ")


def age_key(rng: random.Random) -> str:
    """Returns a key with the checksum of BIP 173."""
    prefix, data = "age-secret-key-", [rng.randrange(32) for _ in range(51)] + [rng.choice((0, 16))]
    high_low = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = bech32_polymod([*high_low, *data, *[0] * 6]) ^ 1
    data += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return (prefix + "1" + "".join(_BECH32[each] for each in data)).upper()


def expanded(pattern: str, rng: random.Random) -> str:
    """Returns a random text that the pattern matches."""
    return "".join(_pieces(parser.parse(pattern), rng))


def _pieces(tokens: Iterable[tuple[object, object]], rng: random.Random) -> Iterable[str]:
    for kind, value in tokens:
        if kind is kinds.LITERAL:
            yield chr(value)
        elif kind is kinds.IN:
            yield rng.choice(_members(value))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            least, most, inner = value
            bound = least + _LONGEST_OPEN if most is kinds.MAXREPEAT else most
            for _ in range(rng.randint(least, bound)):
                yield from _pieces(inner, rng)
        elif kind is kinds.SUBPATTERN:
            yield from _pieces(value[-1], rng)
        elif kind is kinds.BRANCH:
            yield from _pieces(rng.choice(value[1]), rng)
        elif kind is kinds.ANY:
            yield rng.choice(_ANY_CHARACTER)
        elif kind is not kinds.AT:
            raise NotImplementedError(kind)


def _members(items: Iterable[tuple[object, object]]) -> str:
    members = ""
    for kind, value in items:
        if kind is kinds.LITERAL:
            members += chr(value)
        elif kind is kinds.RANGE:
            members += "".join(map(chr, range(value[0], value[1] + 1)))
        elif kind is kinds.CATEGORY:
            members += {
                kinds.CATEGORY_DIGIT: "0123456789",
                kinds.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyz0123456789_",
                kinds.CATEGORY_NOT_SPACE: _ANY_CHARACTER,
                kinds.CATEGORY_SPACE: " ",
            }[value]
    return members


def _encoded(value: dict[str, object]) -> str:
    return base64.b64encode(orjson.dumps(value)).decode().rstrip("=")


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=count))
