"""No byte leaves: the engine loads a checkpoint and answers under strace, in a namespace without a network.

pytest -m slow tests/unit/selfhost_engine/test_no_egress.py    strace and unshare come with scripts/system-packages
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = """
import random, sys
from pathlib import Path
import torch
from selfhost.attest.checkpoint import Origin, sign_checkpoint, verify_checkpoint
from selfhost.checkpoint.reader import read_tensors
from selfhost.checkpoint.writer import write_checkpoint
from selfhost.config import load_config
from selfhost.engine.attention import TorchAttention
from selfhost.engine.cache import PagedCache
from selfhost.engine.engine import Engine
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.selfhost_engine.made import Small, prompts

small, directory, key = Small(), Path(sys.argv[1]), Ed25519PrivateKey.generate()
write_checkpoint(directory, small.document(), small.config(), small.tensors())
sign_checkpoint(directory, key, Origin("a person", "random", "1"))
verify_checkpoint(directory, [key.public_key()])
config = load_config(directory)
cache = PagedCache(config, 100, torch.float32, "cpu")
model = M3Model(config, read_tensors(directory, config, torch.float32, "cpu"))
engine = Engine(model, cache, TorchAttention(config.sparse))
answers = engine.generate(prompts(random.Random(1), (5, 100, 200)), Sampling(16, temperature=0.9))
assert all(len(answer) == 16 for answer in answers)
print("answered")
"""
LEAVING = """
import socket
for address in ("192.0.2.1", "127.0.0.1"):
    with socket.socket() as sock:
        sock.connect_ex((address, 9))
"""
"""192.0.2.1 is for documentation (RFC 5737); the namespace has no way to anybody."""


def calls(tmp_path: Path, program: str, *arguments: str) -> tuple[list[str], str]:
    """Runs Python code and returns its system calls that reach for a network beyond loopback, and what it printed."""
    for tool in ("strace", "unshare"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"{tool} is not here: run scripts/system-packages")
    trace = tmp_path / "trace"
    command = ["unshare", "-rn", "strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)]
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [*command, sys.executable, "-c", program, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    return [line for line in trace.read_text().splitlines() if is_leaving(line)], ended.stdout


def is_leaving(line: str) -> bool:
    """Whether a traced call names an internet address other than loopback's."""
    loopback = re.search(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"', line)
    return "AF_INET" in line and loopback is None


@pytest.mark.slow
def test_the_engine_reaches_for_nobody(tmp_path: Path) -> None:
    leaving, printed = calls(tmp_path, ENGINE, str(tmp_path / "model"))
    assert printed == "answered\n"
    assert leaving == []


@pytest.mark.slow
def test_one_reach_outside_would_be_seen(tmp_path: Path) -> None:
    leaving, _ = calls(tmp_path, LEAVING)
    assert len(leaving) == 1
    assert "192.0.2.1" in leaving[0]


LINES = {
    'connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = 0': True,
    'connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 0': False,
    'connect(3, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28)': True,
    'connect(3, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0': False,
    'connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0': False,
    'sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 1': True,
}


@pytest.mark.parametrize(("line", "leaving"), LINES.items())
def test_a_traced_call_is_read_as_what_it_is(line: str, *, leaving: bool) -> None:
    assert is_leaving(line) is leaving


def test_in_a_namespace_without_a_network_nothing_can_be_reached() -> None:
    """What the runs above rest on, in the default run too: the way out is closed there."""
    code = "import socket; print(socket.socket().connect_ex(('192.0.2.1', 9)) != 0)"
    ended = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout == "True\n"
