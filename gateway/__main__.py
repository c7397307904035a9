"""The `gateway` command. Exit codes: 0 fine, 1 found something, 2 could not run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gateway.commands import COMMANDS
from gateway.errors import GatewayError
from routers.errors import RoutersError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="gateway", description="One endpoint for apps that use language models.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(subparsers)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except (GatewayError, RoutersError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 2
    except BrokenPipeError:
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
