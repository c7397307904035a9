"""`selfhost attest`: keys, signed checkpoints, the profile, live checks and canaries. Exit codes 0, 1 (found), 2."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from selfhost.attest.canary_command import add_canary
from selfhost.attest.checkpoint import (
    DEMO_KEY,
    Origin,
    Verified,
    countersign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from selfhost.attest.doctor import add_doctor, add_profile
from selfhost.attest.errors import CheckpointRefused
from selfhost.attest.keys import make_key, read_private_key, read_public_key
from selfhost.attest.manifest import Progress
from selfhost.attest.scan import scan

Commands = argparse._SubParsersAction  # noqa: SLF001  (argparse has no public name for what add_subparsers returns)


def add(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Describes the commands."""
    attest = subparsers.add_parser("attest", help="prove what is served: checkpoint, profile, canaries")
    commands = attest.add_subparsers(dest="attest", required=True)
    _add_keygen(commands)
    _add_checkpoint_commands(commands)
    add_profile(commands)
    add_doctor(commands)
    add_canary(commands)


def _add_keygen(commands: Commands[argparse.ArgumentParser]) -> None:
    keygen = commands.add_parser("keygen", help="make an Ed25519 key pair; existing files are never overwritten")
    keygen.add_argument("--private", type=Path, required=True, help="file for the private key (PEM, mode 0600)")
    keygen.add_argument("--public", type=Path, required=True, help="file for the public key (PEM)")
    keygen.set_defaults(run=_keygen)


def _add_checkpoint_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    sign = commands.add_parser("sign", help="sign a checkpoint directory")
    sign.add_argument("directory", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="private key (PEM)")
    sign.add_argument("--signer", default="", help="who vouches; stands in the statement")
    sign.add_argument("--source", default="", help="which model, and where it came from")
    sign.add_argument("--revision", default="", help="the pinned revision of the source")
    sign.add_argument("--second", type=Path, metavar="PUBLIC", help="add a signature to one that holds for this key")
    sign.set_defaults(run=_refusable(_sign))
    verify = commands.add_parser("verify", help="check a checkpoint directory against its signed manifest")
    verify.add_argument("directory", type=Path)
    verify.add_argument("--trust", type=Path, action="append", help="public key (PEM); default: the demo's key")
    verify.add_argument("--signatures", type=int, default=1, help="how many trusted keys must have signed (default 1)")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(run=_refusable(_verify))
    look = commands.add_parser("scan", help="look for what must not lie in a checkpoint: code, pickles, links")
    look.add_argument("directory", type=Path)
    look.set_defaults(run=_refusable(_scan))


def _refusable(work: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A refused checkpoint is something found: 1, where other errors are 2."""

    def run(options: argparse.Namespace) -> int:
        try:
            return work(options)
        except CheckpointRefused as refused:
            if getattr(options, "json", False):
                sys.stdout.write(json.dumps({"ok": False, "reason": refused.reason, "detail": str(refused)}) + "\n")
            else:
                sys.stderr.write(f"refused: {refused}\n")
            return 1

    return run


def _keygen(options: argparse.Namespace) -> int:
    sys.stdout.write(make_key(options.private, options.public) + "\n")
    return 0


def _sign(options: argparse.Namespace) -> int:
    key = read_private_key(options.key)
    if options.second:
        verified = countersign_checkpoint(options.directory, key, [read_public_key(options.second)], _progress())
    else:
        origin = Origin(options.signer, options.source, options.revision)
        verified = sign_checkpoint(options.directory, key, origin, _progress())
    _say(verified)
    return 0


def _verify(options: argparse.Namespace) -> int:
    trusted = [read_public_key(path) for path in options.trust or [DEMO_KEY]]
    verified = verify_checkpoint(options.directory, trusted, signatures=options.signatures, progress=_progress())
    if options.json:
        sys.stdout.write(json.dumps({"ok": True, **asdict(verified)}) + "\n")
    else:
        _say(verified)
    return 0


def _scan(options: argparse.Namespace) -> int:
    sys.stdout.write(f"{len(scan(options.directory))} files, nothing that runs code\n")
    return 0


def _say(verified: Verified) -> None:
    size = sum(each.size for each in verified.files)
    sys.stdout.write(f"{len(verified.files)} files, {size} bytes, root {verified.root}\n")
    sys.stdout.write("".join(f"signed by {key}\n" for key in verified.keys))


def _progress() -> Progress | None:
    """A line on the terminal that says how far the hashing is; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return None
    read = 0

    def show(name: str, count: int) -> None:
        nonlocal read
        read += count
        sys.stderr.write(f"\r{read / 1e9:9.2f} GB  {name[:60]:60}")

    return show
