"""`gateway downgrade`: sign a lowering of labels, hand it in, take it back. Signing needs no gateway and no network."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.commands.operator import ask
from gateway.commands.options import add_json, print_json, print_line, print_table
from gateway.errors import StartupError
from gateway.standing.downgrades import EVERY_APP, Downgrade, read_statement, sign, statement_bytes
from gateway.types import Level

_PATH = "/operator/downgrades"


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    actions = subparsers.add_parser("downgrade", help="lower labels by a signed, expiring statement").add_subparsers(
        required=True
    )
    keygen = actions.add_parser("keygen", help="make a signing key; its public half goes into the policy's signers")
    keygen.add_argument("file", type=Path, help="where the private key goes; must not exist")
    keygen.set_defaults(run=_keygen)
    signing = actions.add_parser("sign", help="print a signed statement")
    signing.add_argument("--key", type=Path, required=True, help="file of the private key")
    signing.add_argument("--signer", required=True, help="the key's row in the policy's signers")
    signing.add_argument("--id", required=True, help="never used before")
    signing.add_argument("--tenant", required=True)
    signing.add_argument("--app", default=EVERY_APP, help="default: every app of the tenant")
    signing.add_argument("--type", action="append", required=True, help="type of finding that shall not count")
    signing.add_argument("--level", default="internal", choices=[level.label for level in Level])
    signing.add_argument("--unmask", action="store_true", help="their values leave as they are, too")
    signing.add_argument("--days", type=int, default=30, help="days it holds, today included")
    signing.add_argument("--reason", required=True, help="for the record")
    signing.set_defaults(run=_sign)
    granting = actions.add_parser("grant", help="hand a signed statement to a running gateway")
    granting.add_argument("file", type=Path, help="what `sign` printed")
    granting.set_defaults(run=_grant)
    revoking = actions.add_parser("revoke", help="end a downgrade at once")
    revoking.add_argument("id")
    revoking.set_defaults(run=_revoke)
    listing = actions.add_parser("list", help="list downgrades in force")
    listing.set_defaults(run=_list)
    for parser in (granting, revoking, listing):
        parser.add_argument("--url", default="http://127.0.0.1:8080", help="the running gateway")
        add_json(parser)


def _keygen(options: argparse.Namespace) -> int:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise StartupError(f"the key cannot be written: {type(error).__name__}") from None
    print_line(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex())
    return 0


def _sign(options: argparse.Namespace) -> int:
    today = datetime.now(UTC).date()
    downgrade = Downgrade(
        id=options.id,
        tenant=options.tenant,
        app=options.app,
        types=tuple(sorted(set(options.type))),
        level=options.level,
        reason=options.reason,
        not_before=today.isoformat(),
        not_after=_last_day(today, options.days).isoformat(),
        signer=options.signer,
        unmasked=options.unmask,
    )
    statement = statement_bytes(read_statement(statement_bytes(downgrade))).decode()
    print_json({"statement": statement, "signature": sign(downgrade, _key(options.key))})
    return 0


def _last_day(today: date, days: int) -> date:
    if not 1 <= days <= 366:
        raise StartupError("a downgrade holds for 1 to 366 days")
    return today + timedelta(days=days - 1)


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise StartupError(f"the key cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise StartupError("the key is not an Ed25519 key")
    return key


def _grant(options: argparse.Namespace) -> int:
    try:
        signed = _read_signed(options.file.read_bytes())
    except OSError as error:
        raise StartupError(f"the statement cannot be read: {type(error).__name__}") from None
    return _show(options, ask(options.url, _PATH, signed)["downgrades"])


def _read_signed(content: bytes) -> dict[str, str]:
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or set(fields) != {"statement", "signature"}:
        raise StartupError("the file does not hold a signed statement")
    return {name: str(value) for name, value in fields.items()}


def _revoke(options: argparse.Namespace) -> int:
    return _show(options, ask(options.url, f"{_PATH}/{quote(options.id, safe='')}/revoke", {})["downgrades"])


def _list(options: argparse.Namespace) -> int:
    return _show(options, ask(options.url, _PATH, None)["downgrades"])


def _show(options: argparse.Namespace, downgrades: list[dict[str, object]]) -> int:
    if options.json:
        print_json(downgrades)
    elif downgrades:
        names = ("id", "tenant", "app", "level", "not_after", "signer", "reason")
        print_table([tuple(map(str.upper, names)), *(tuple(str(row[name]) for name in names) for row in downgrades)])
    else:
        print_line("no downgrade is in force")
    return 0
