"""Every command explains itself, and a wrong one is refused with 2."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.gateway.commands.conftest import Run

COMMANDS = [
    (),
    ("demo",),
    ("serve",),
    ("classify",),
    ("fingerprints",),
    *(("fingerprints", action) for action in ("add", "list", "remove", "check", "verify")),
    ("keys",),
    *(("keys", action) for action in ("create", "list", "revoke", "pepper")),
    ("policy",),
    *(("policy", action) for action in ("check", "test", "explain")),
    ("audit",),
    *(("audit", action) for action in ("verify", "prove", "show")),
    ("providers",),
    *(("providers", action) for action in ("facts", "list", "suspend", "restore")),
]
WRONG = [
    ("keys", "make"),
    ("fly",),
    (),
    ("keys",),
    ("audit", "prove"),
    ("audit", "prove", "seven"),
    ("providers", "suspend", "somewhere"),
    ("serve", "--config", "/nonexistent.toml"),
    ("keys", "create", "--tenant", "a", "--app", "b", "--clearance", "cosmic"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.code == 0
    assert done.out.startswith("usage: gateway")
    assert done.err == ""


@pytest.mark.parametrize("command", WRONG, ids=" ".join)
def test_wrong_command_ends_with_two_and_says_why(
    run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_SECRETS__MASTER", raising=False)
    done = run(*command)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


def test_serve_refuses_more_than_one_worker(run: Run) -> None:
    done = run("serve", "--workers", "2")
    assert done.code == 2
    assert "one worker" in done.err


def test_commands_do_not_load_the_stages_to_say_how_they_are_used() -> None:
    """Loading the detectors takes a second; nobody waits for that to read a help text."""
    code = (
        "import sys, gateway.__main__ as m\n"
        "try: m.main(['classify', '--help'])\n"
        "except SystemExit: pass\n"
        "print([n for n in ('spacy', 'presidio_analyzer', 'litellm', 'torch') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
