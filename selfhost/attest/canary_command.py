"""`selfhost attest canary`: record and replay over a server's completions endpoint, whichever engine serves it.

Over HTTP an answer is its text: the code points stand where an engine's tokens would. The prompt goes as token ids, so
that no tokenizer lies between; the canary for the template goes as chat messages.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sys
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from selfhost.attest.canary import (
    Answer,
    CanaryWatch,
    Chat,
    Status,
    read_recording,
    record,
    write_recording,
)
from selfhost.attest.checkpoint import DEMO_KEY, verify_checkpoint
from selfhost.attest.errors import AttestError
from selfhost.attest.keys import read_public_key
from selfhost.config import load_config

_TIMEOUT_S = 600.0


def add_canary(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes `canary record` and `canary replay`."""
    canary = commands.add_parser("canary", help="fixed prompts that show when a model answers otherwise than it did")
    actions = canary.add_subparsers(dest="canary", required=True)
    recorder = actions.add_parser("record", help="ask the canaries of a model that is known to be right")
    recorder.add_argument("--checkpoint", type=Path, required=True, help="the checkpoint directory that is served")
    recorder.add_argument("--trust", type=Path, action="append", help="public key (PEM); default: the demo's key")
    recorder.add_argument("--out", type=Path, required=True, help="file for the recording")
    recorder.set_defaults(run=_record)
    player = actions.add_parser("replay", help="ask them again; 1 when one answers otherwise")
    player.add_argument("--recorded", type=Path, required=True, help="the recording")
    player.set_defaults(run=_replay)
    for parser in (recorder, player):
        parser.add_argument("--url", required=True, help="the server, e.g. http://127.0.0.1:8000")
        parser.add_argument("--served-model", default="", help="name of the model there")


def _record(options: argparse.Namespace) -> int:
    trusted = [read_public_key(path) for path in options.trust or [DEMO_KEY]]
    root = verify_checkpoint(options.checkpoint, trusted).root
    server = _Server(options.url, options.served_model)
    found = asyncio.run(record(load_config(options.checkpoint), root, server.answer, server.chat))
    write_recording(options.out, found)
    sys.stdout.write(f"{len(found.entries)} canaries recorded\n")
    return 0


def _replay(options: argparse.Namespace) -> int:
    status, drifted = replay_over_http(options.url, options.served_model, options.recorded)
    sys.stdout.write(json.dumps({"status": status, "drifted": sorted(drifted)}) + "\n")
    return {Status.HOLDS: 0, Status.DRIFTED: 1}.get(status, 2)


def replay_over_http(url: str, model: str, recorded: Path) -> tuple[Status, frozenset[str]]:
    """Replays a recording once. Returns the status and which canaries drifted. Raises `AttestError`."""
    server = _Server(url, model)
    watch = CanaryWatch(server.answer, read_recording(recorded), server.chat)
    return asyncio.run(watch.replay()), watch.drifted


class _Server:
    """The two endpoints that canaries need."""

    def __init__(self, url: str, model: str) -> None:
        self._parts = urlsplit(url)
        self._model = model
        self._numbers = count()
        self.answer: Answer = self._answer
        self.chat: Chat = self._chat

    async def _answer(self, prompt: list[int], tokens: int) -> list[int]:
        found = self._ask("/v1/completions", {"prompt": prompt, "max_tokens": tokens, "ignore_eos": True})
        return [ord(letter) for letter in str(found.get("text", ""))]

    async def _chat(self, messages: list[dict[str, str]], tokens: int) -> list[int]:
        found = self._ask("/v1/chat/completions", {"messages": messages, "max_tokens": tokens})
        return [ord(letter) for letter in json.dumps(found.get("message"), sort_keys=True)]

    def _ask(self, path: str, body: dict[str, object]) -> dict[str, object]:
        """Each question has a salt of its own: nothing may be taken over from an earlier answer's cache."""
        whole = {"model": self._model, "temperature": 0, "cache_salt": f"canary-{next(self._numbers)}", **body}
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port or 80, timeout=_TIMEOUT_S)
        try:
            headers = {"content-type": "application/json"}
            connection.request("POST", self._parts.path.rstrip("/") + path, json.dumps(whole), headers)
            response = connection.getresponse()
            content = response.read()
            if response.status != http.client.OK:
                raise AttestError(f"the server answered {response.status}")
            choice = json.loads(content)["choices"][0]
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            raise AttestError(f"the server cannot be asked: {type(error).__name__}") from None
        finally:
            connection.close()
        if not isinstance(choice, dict):
            raise AttestError("the server's answer is not of the expected form")
        return choice
