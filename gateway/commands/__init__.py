"""One module per command: `add` describes it to argparse, `run` does it. Imports of heavy stages stay inside `run`."""

from gateway.commands import (
    audit,
    classify,
    demo,
    downgrade,
    fingerprints,
    keys,
    policy,
    providers,
    serve,
    vault,
)

COMMANDS = (
    demo.add,
    serve.add,
    keys.add,
    classify.add,
    fingerprints.add,
    policy.add,
    audit.add,
    providers.add,
    downgrade.add,
    vault.add,
)
