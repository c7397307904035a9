"""Checks that credential formats carry in themselves. Nothing is asked over a network."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping

import orjson

from gateway.classify.secrets.format import Checksum

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SHARED_KEY_BYTES = 64
_SUMMED, _SUM_LETTERS = 77, 8
"""Of a fine-grained token of GitHub the first 77 characters are summed; eight letters of the sum follow."""
_USER_AND_PASSWORD = re.compile(rb"[ -9;-~]{1,64}:[ -~]{1,128}$")


def holds(checksum: Checksum, value: str) -> bool:
    """Returns whether the check of a format holds for a value that has its form."""
    return _CHECKS[checksum](value)


def _crc32_base62_holds(value: str) -> bool:
    body = value.partition("_")[2]
    return crc32_base62(body[:-6]) == body[-6:]


def _crc32_hex_holds(value: str) -> bool:
    body, _, check = value.rpartition("_")
    return crc32_hex(body) == check


def _sha256_base32_holds(value: str) -> bool:
    return sha256_base32(value[:_SUMMED]) == value[_SUMMED : _SUMMED + _SUM_LETTERS]


def _is_user_and_password(value: str) -> bool:
    return _USER_AND_PASSWORD.match(decoded(value)) is not None


def names_an_algorithm(header: bytes) -> bool:
    """Returns whether a header is a JSON object with the member that RFC 7515 and RFC 7516 ask for."""
    try:
        members = orjson.loads(header)
    except orjson.JSONDecodeError:
        return False
    return isinstance(members, dict) and "alg" in members


def crc32_base62(text: str) -> str:
    """Returns six characters: the CRC-32 in base 62 ("Behind GitHub's new authentication token formats")."""
    number, digits = zlib.crc32(text.encode("ascii")), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0")


def crc32_hex(text: str) -> str:
    """Returns the CRC-32 in hexadecimal, low byte first, as Grafana's service account tokens end."""
    return zlib.crc32(text.encode("ascii")).to_bytes(4, "little").hex()


def sha256_base32(text: str) -> str:
    """Returns the first eight letters of the SHA-256 in base 32, as they stand in GitHub's fine-grained tokens."""
    return base64.b32encode(hashlib.sha256(text.encode("ascii")).digest()).decode()[:_SUM_LETTERS]


def decoded(text: str) -> bytes:
    """Returns what base64 or base64url text stands for, padded or not; nothing when it is neither."""
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return b""


def bech32_holds(text: str) -> bool:
    """Returns whether the checksum of a Bech32 string holds (BIP 173)."""
    prefix, _, data = text.rpartition("1")
    if not prefix or any(character not in _BECH32 for character in data):
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.index(c) for c in data]
    return bech32_polymod(values) == 1


def bech32_polymod(values: list[int]) -> int:
    """Returns the checksum polynomial of BIP 173 over five-bit values."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


_CHECKS: Mapping[Checksum, Callable[[str], bool]] = {
    Checksum.NONE: lambda _: True,
    Checksum.CRC32_BASE62: _crc32_base62_holds,
    Checksum.CRC32_HEX: _crc32_hex_holds,
    Checksum.SHA256_BASE32: _sha256_base32_holds,
    Checksum.JWT: lambda value: names_an_algorithm(
        decoded(value.replace("%2E", ".").replace("%2e", ".").split(".", 1)[0])
    ),
    Checksum.MAPBOX: lambda value: decoded(value.split(".")[1]).startswith(b'{"'),
    Checksum.SENTRY: lambda value: decoded(value.split("_")[1]).startswith(b'{"'),
    Checksum.DISCORD: lambda value: decoded(value.split(".", 1)[0]).isdigit(),
    Checksum.AZURE_SHARED_KEY: lambda value: len(decoded(value)) == _SHARED_KEY_BYTES,
    Checksum.BASIC: _is_user_and_password,
    Checksum.DIGIT: lambda value: any(map(str.isdigit, value)),
    Checksum.AGE: lambda value: bech32_holds(value.lower()),
}
