"""`gateway keys`: virtual keys. The secret is shown once, at creation, and stored nowhere."""

from __future__ import annotations

import argparse
import secrets
from contextlib import closing
from datetime import UTC, datetime

from gateway.clock import SystemClock
from gateway.commands.options import add_config, add_json, print_json, print_line, print_table, settings_of
from gateway.identity.keys import KEY_PEPPER, Grant, create_key
from gateway.identity.store import KeyFile, StoredKey
from gateway.types import AppId, KeyId, Level, PrincipalClass, Role, TenantId

_DAY_MS = 86_400_000


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    keys = subparsers.add_parser("keys", help="create, list and revoke virtual keys").add_subparsers(required=True)
    create = keys.add_parser("create", help="create a key and show it once")
    create.add_argument("--tenant", required=True)
    create.add_argument("--app", required=True)
    create.add_argument("--class", dest="principal_class", default="service", choices=[c.value for c in PrincipalClass])
    create.add_argument("--clearance", default="internal", choices=[level.label for level in Level])
    create.add_argument(
        "--purpose", action="append", metavar="NAME", help="may be given several times; default: general"
    )
    create.add_argument("--role", action="append", choices=[role.value for role in Role], help="default: call")
    create.add_argument("--days", type=float, help="days until the key expires; default: never")
    create.set_defaults(run=_create)
    listing = keys.add_parser("list", help="list keys, without secrets")
    listing.set_defaults(run=_list)
    revoke = keys.add_parser("revoke", help="revoke a key; running gateways follow within a second")
    revoke.add_argument("key_id")
    revoke.set_defaults(run=_revoke)
    pepper = keys.add_parser("pepper", help="print the derived key with which the admin page checks auditors' keys")
    pepper.set_defaults(run=_pepper)
    for parser in (create, listing, revoke, pepper):
        add_config(parser)
        add_json(parser)


def _create(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    now_ms = SystemClock().now_ms()
    grant = Grant(
        tenant=TenantId(options.tenant),
        app=AppId(options.app),
        principal_class=PrincipalClass(options.principal_class),
        clearance=Level[options.clearance.upper()],
        purposes=frozenset(options.purpose or ["general"]),
        roles=frozenset(Role(role) for role in options.role or ["call"]),
        expires_ms=None if options.days is None else now_ms + int(options.days * _DAY_MS),
    )
    pepper = settings.secrets.derive(KEY_PEPPER)
    with closing(KeyFile(settings.state.directory)) as file:
        issued = create_key(file, pepper, grant, now_ms=now_ms, random_bytes=secrets.token_bytes)
    if options.json:
        print_json({"key": issued.credential, "key_id": issued.key_id})
    else:
        print_line(issued.credential)
        print_line("This is the only time the key is shown.")
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(KeyFile(settings_of(options).state.directory)) as file:
        keys = file.load()
    if options.json:
        print_json([_row(key) for key in keys])
        return 0
    heading = ("KEY", "TENANT", "APP", "CLASS", "CLEARANCE", "PURPOSES", "ROLES", "EXPIRES", "REVOKED")
    print_table([heading, *(tuple(_row(key).values()) for key in keys)])
    return 0


def _row(key: StoredKey) -> dict[str, str]:
    who = key.identity
    return {
        "key_id": who.key_id,
        "tenant": who.tenant,
        "app": who.app,
        "class": who.principal_class.value,
        "clearance": who.clearance.label,
        "purposes": ",".join(sorted(who.purposes)),
        "roles": ",".join(sorted(who.roles)),
        "expires": _day(key.expires_ms),
        "revoked": _day(key.revoked_ms),
    }


def _day(at_ms: int | None) -> str:
    return "" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _revoke(options: argparse.Namespace) -> int:
    with closing(KeyFile(settings_of(options).state.directory)) as file:
        found = file.revoke(KeyId(options.key_id), SystemClock().now_ms())
    print_line("revoked" if found else "no such key")
    return 0 if found else 1


def _pepper(options: argparse.Namespace) -> int:
    print_line(settings_of(options).secrets.derive(KEY_PEPPER).hex())
    return 0
