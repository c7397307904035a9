"""`gateway demo`: everything on embedded defaults, with simulated providers that say so."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from gateway.commands.options import add_json


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    parser = subparsers.add_parser("demo", help="run the whole product with simulated providers")
    parser.add_argument("--once", action="store_true", help="send the sample traffic, print what happened, and end")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the state here; default: a temporary directory")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Returns 0 only if everything held."""
    from gateway.demo.run import run_demo  # noqa: PLC0415  (loads the official SDKs)

    return asyncio.run(run_demo(once=options.once, state=options.state, as_json=options.json))
