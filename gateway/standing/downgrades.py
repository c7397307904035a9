"""Lowering labels: a statement, signed by somebody whom policy names, for one app, for some types, until a day.

What it cannot lower: a finding that a check digit or a fingerprint proves, a credential, what the caller declared, a
tenant's floor. It holds no text and no personal data, so it stands in the record as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import MalformedBody
from gateway.standing.terms import Terms
from gateway.types import Identity, Level

_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,63}")
_NAME = re.compile(r"[\w.\-]{1,64}")
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_REASON_CHARACTERS = 300
EVERY_APP = "*"
_UNMASKED = "unmasked"
_PURPOSE = b"gateway downgrade v1\n"
"""Stands before what is signed, so that a signature made for something else is none of this."""


@dataclass(frozen=True, slots=True)
class Downgrade:
    """One statement. `types` do not count for calls of `app` (`*`: every app) of `tenant`; `level` is the least left.

    `not_before` and `not_after` are UTC days `YYYY-MM-DD`, both included. `signer` is a row of the policy's signers.
    What policy wants masked is masked all the same, unless the statement says `unmasked`.
    """

    id: str
    tenant: str
    app: str
    types: tuple[str, ...]
    level: str
    reason: str
    not_before: str
    not_after: str
    signer: str
    unmasked: bool = False

    def covers(self, identity: Identity, today: date) -> bool:
        """Whether it holds for this caller today."""
        in_time = self.not_before <= today.isoformat() <= self.not_after
        return in_time and self.tenant == identity.tenant and self.app in (EVERY_APP, identity.app)

    @property
    def least(self) -> Level:
        """The lowest level a call has that it was used for."""
        return Level[self.level.upper()]


@dataclass(frozen=True, slots=True)
class SignedDowngrade:
    """A downgrade that was verified, with its signature in hexadecimal and the role in which it was signed."""

    downgrade: Downgrade
    signature: str
    role: str

    @property
    def statement(self) -> str:
        """What was signed."""
        return statement_bytes(self.downgrade).decode()


def statement_bytes(downgrade: Downgrade) -> bytes:
    """Returns the canonical bytes: JSON, keys sorted, no white space. `unmasked` stands there only when it is so."""
    fields = asdict(downgrade)
    if not downgrade.unmasked:
        del fields[_UNMASKED]
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def sign(downgrade: Downgrade, private_key: Ed25519PrivateKey) -> str:
    """Returns the signature in hexadecimal."""
    return private_key.sign(_PURPOSE + statement_bytes(downgrade)).hex()


def read_statement(text: bytes | str) -> Downgrade:
    """Returns the statement in canonical bytes or any other spelling of the same JSON.

    Raises:
        MalformedBody: it is not one. The message names the field, never its value.
    """
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        fields = None
    names = [name for name in Downgrade.__slots__ if name != _UNMASKED]
    if not isinstance(fields, dict) or set(fields) - {_UNMASKED} != set(names):
        raise MalformedBody(f"a downgrade is an object with exactly {', '.join(names)} and, if it is so, {_UNMASKED}")
    if not isinstance(fields.get(_UNMASKED, False), bool):
        raise MalformedBody(f"a downgrade: {_UNMASKED} is true or is not there")
    types = fields["types"]
    if not isinstance(types, list) or not 1 <= len(types) <= 50 or not _all_match(_TYPE, types):
        raise MalformedBody("a downgrade names 1 to 50 types")
    _require(_ID, fields, ("id",))
    _require(_NAME, fields, ("tenant", "signer"))
    if fields["app"] != EVERY_APP:
        _require(_NAME, fields, ("app",))
    if fields["level"] not in {level.label for level in Level}:
        raise MalformedBody("a downgrade names the least level that is left")
    reason = fields["reason"]
    if not isinstance(reason, str) or not reason.strip() or len(reason) > _REASON_CHARACTERS:
        raise MalformedBody(f"a downgrade gives a reason of at most {_REASON_CHARACTERS} characters")
    _day(fields["not_before"]), _day(fields["not_after"])
    return Downgrade(**{**fields, "types": tuple(sorted(set(types)))})


def verify(downgrade: Downgrade, signature: str, terms: Terms) -> str | None:
    """Returns why the statement does not hold under these terms, or `None` when it does."""
    signer = terms.signers.get(downgrade.signer)
    if signer is None:
        return "policy does not name the signer"
    length = _day(downgrade.not_after) - _day(downgrade.not_before)
    if not timedelta(0) <= length <= timedelta(days=terms.downgrade_days):
        return f"it holds for longer than {terms.downgrade_days} days, or ends before it begins"
    try:
        key = Ed25519PublicKey.from_public_bytes(signer.public_key)
        key.verify(bytes.fromhex(signature), _PURPOSE + statement_bytes(downgrade))
    except (InvalidSignature, ValueError):
        return "the signature is not the signer's"
    return None


def in_force(downgrades: Iterable[Downgrade], identity: Identity, today: date) -> tuple[Downgrade, ...]:
    """Returns those that hold for this caller today."""
    return tuple(downgrade for downgrade in downgrades if downgrade.covers(identity, today))


def _all_match(pattern: re.Pattern[str], values: Collection[object]) -> bool:
    return all(isinstance(value, str) and pattern.fullmatch(value) for value in values)


def _require(pattern: re.Pattern[str], fields: dict[str, object], names: tuple[str, ...]) -> None:
    for name in names:
        if not _all_match(pattern, (fields[name],)):
            raise MalformedBody(f"a downgrade: {name} is not a name")


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise MalformedBody("a downgrade: days are UTC dates YYYY-MM-DD") from None
