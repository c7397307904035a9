"""`gateway audit`: check the log, prove an entry, show entries. Reads only; may run while the gateway writes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import orjson

from gateway.audit.state_files import VERIFIER_KEY
from gateway.commands.options import add_config, add_json, print_line, settings_of
from gateway.errors import StartupError


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    audit = subparsers.add_parser("audit", help="verify, prove and show the audit log").add_subparsers(required=True)
    verify = audit.add_parser("verify", help="run the stand-alone verifier over the log")
    verify.add_argument("--vkey", help="your own copy of the log's public key; default: the one beside the log")
    verify.add_argument("--checkpoint", type=Path, action="append", default=[], help="a checkpoint you kept earlier")
    add_json(verify)
    verify.set_defaults(run=_verify)
    prove = audit.add_parser("prove", help="print one entry with its inclusion proof and the signed checkpoint")
    prove.add_argument("seq", type=int)
    prove.set_defaults(run=_prove)
    checkpoint = audit.add_parser(
        "checkpoint", help="print the newest signed checkpoint: keep it where we cannot reach"
    )
    checkpoint.set_defaults(run=_checkpoint)
    show = audit.add_parser("show", help="print the newest entries, one JSON record a line, newest first")
    show.add_argument("--limit", type=int, default=50)
    show.add_argument("--before", type=int, help="only entries older than this one")
    for name in ("kind", "level", "destination", "tenant", "app", "rule", "request-id", "batch"):
        show.add_argument(f"--{name}")
    show.set_defaults(run=_show)
    for parser in (verify, prove, checkpoint, show):
        add_config(parser)
        parser.add_argument("--state", type=Path, metavar="DIR", help="the state directory, instead of a configuration")


def _directory(options: argparse.Namespace) -> Path:
    return options.state or settings_of(options).state.directory


def _verify(options: argparse.Namespace) -> int:
    directory = _directory(options)
    verifier = Path(__file__).parent.parent / "audit" / "verify.py"
    command = [sys.executable, "-I", str(verifier), str(directory), "--vkey", options.vkey or _stored_vkey(directory)]
    for checkpoint in options.checkpoint:
        command += ["--checkpoint", str(checkpoint)]
    if options.json:
        command.append("--json")
    return subprocess.run(command, check=False).returncode  # noqa: S603  (our own program, arguments as a list)


def _stored_vkey(directory: Path) -> str:
    """An auditor brings his own copy: whoever can rewrite the log can rewrite the file beside it."""
    try:
        return (directory / VERIFIER_KEY).read_text(encoding="ascii").strip()
    except OSError:
        raise StartupError("the state directory holds no audit log") from None


def _prove(options: argparse.Namespace) -> int:
    from gateway.audit.export import prove  # noqa: PLC0415

    print_line(prove(_directory(options), options.seq).as_json().decode())
    return 0


def _checkpoint(options: argparse.Namespace) -> int:
    from gateway.audit.reader import Reader  # noqa: PLC0415  (loads SQLAlchemy)

    reader = Reader(_directory(options))
    try:
        newest = reader.last_checkpoint()
    finally:
        reader.close()
    if newest is None:
        raise StartupError("nothing is signed yet")
    sys.stdout.write(newest.note)
    return 0


def _show(options: argparse.Namespace) -> int:
    from gateway.audit.reader import Filter, Reader  # noqa: PLC0415  (loads SQLAlchemy)

    wanted = Filter(
        kind=options.kind,
        level=options.level,
        destination=options.destination,
        tenant=options.tenant,
        app=options.app,
        rule=options.rule,
        request_id=options.request_id,
        batch=options.batch,
    )
    reader = Reader(_directory(options))
    try:
        page = reader.page(wanted, before=options.before, limit=options.limit)
    finally:
        reader.close()
    for stored in page.entries:
        print_line(orjson.dumps(orjson.loads(stored.body)).decode())
    return 0
