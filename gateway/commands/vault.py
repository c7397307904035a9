"""`gateway vault`: the keys of stored state."""

from __future__ import annotations

import argparse
import asyncio

from gateway.commands.options import add_config, add_json, print_json, print_line, settings_of
from gateway.errors import StartupError


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    actions = subparsers.add_parser("vault", help="the keys of stored state").add_subparsers(required=True)
    rewrap = actions.add_parser("rewrap", help="wrap every data key with the current key; then drop the old one")
    add_config(rewrap)
    add_json(rewrap)
    rewrap.set_defaults(run=_rewrap)


def _rewrap(options: argparse.Namespace) -> int:
    from gateway.app import vault_of  # noqa: PLC0415  (loads every stage)
    from gateway.clock import SystemClock  # noqa: PLC0415

    settings = settings_of(options)
    if not (settings.vault.retired_masters or settings.vault.kms_key):
        raise StartupError("neither vault.retired_masters nor vault.kms_key is set: there is nothing to wrap anew")
    vault = vault_of(settings, SystemClock())
    try:
        count = vault.rewrap()
    finally:
        asyncio.run(vault.close())
    if options.json:
        print_json({"rewrapped": count})
    else:
        print_line(f"{count} data keys wrapped anew")
    return 0
