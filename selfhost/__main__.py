"""The commands of the in-house model. Exit codes: 0 fine, 1 found something, 2 could not run."""

from __future__ import annotations

import argparse
import sys

from selfhost.attest import command as attest
from selfhost.errors import SelfhostError
from selfhost.plan import command as plan
from selfhost.serve import command as serve


def main() -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args()
    try:
        code: int = options.run(options)
    except SelfhostError as error:
        sys.stderr.write(f"selfhost: {error}\n")
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="selfhost", description="The in-house model behind an OpenAI-compatible port."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve.add(commands)
    plan.add(commands)
    attest.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
