"""No byte leaves: engine and server load a checkpoint and answer under strace, in a namespace without a network.

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
SERVER = """
import fcntl, json, signal, socket, struct, subprocess, sys
import anthropic, httpx, openai
from selfhost.nano import NAME

with socket.socket() as sock:  # loopback is down in a new namespace: SIOCSIFFLAGS, IFF_UP
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))
COMMAND = [sys.executable, "-m", "selfhost", "serve", "--engine", "m3", "--port", "0", "--announce"]
ASKED = {"model": NAME, "messages": [{"role": "user", "content": "What is the capital of Peru?"}], "max_tokens": 12}
TOOL = {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}

def use(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        while client.get("/provenance").json()["checked_ms"] is None:
            pass
        first = client.get("/provenance").json()["checked_ms"]
        gpt = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
        claude = anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)
        for _ in range(3):
            gpt.chat.completions.create(**ASKED, n=2, tools=[TOOL])
            list(gpt.chat.completions.create(**ASKED, stream=True))
            gpt.completions.create(model=NAME, prompt="The capital", max_tokens=4)
            claude.messages.create(**ASKED)
            claude.messages.count_tokens(model=NAME, messages=ASKED["messages"])
        assert client.post("/v1/chat/completions", content=b"{").status_code == 400
        with client.stream("POST", "/v1/chat/completions", json={**ASKED, "stream": True, "ignore_eos": True}) as left:
            next(left.iter_bytes())
        while client.get("/provenance").json()["checked_ms"] == first:
            pass
        return client.get("/provenance").json()["canaries"]

for ending in (signal.SIGKILL, signal.SIGTERM):  # once it crashes, once it is asked to end
    with subprocess.Popen([*COMMAND, "--canary-every", "1"], stdout=subprocess.PIPE, text=True) as process:
        status = use(json.loads(process.stdout.readline())["url"])
        process.send_signal(ending)
    print(status, process.returncode)
"""
LEAVING = """
import socket
for address in ("192.0.2.1", "127.0.0.1"):
    with socket.socket() as sock:
        sock.connect_ex((address, 9))
"""
"""192.0.2.1 is for documentation (RFC 5737); the namespace has no way to anybody."""

TIMEOUT_S = 280


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
        timeout=TIMEOUT_S,
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
@pytest.mark.timeout(300)
def test_the_server_reaches_for_nobody_from_its_start_to_its_end(tmp_path: Path) -> None:
    """All three surfaces, streams, a tool, a bad request, a client that leaves, canaries; a crash and a restart."""
    leaving, printed = calls(tmp_path, SERVER)
    assert printed == "holds -9\nholds -15\n"
    assert leaving == []
    assert sum('inet_addr("127.0.0.1")' in line for line in (tmp_path / "trace").read_text().splitlines()) > 10


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
