"""Starts the simulated providers: `python -m gateway.demo.simulated --port 0`.

Each provider listens on its own loopback port. When all of them do, one JSON object is printed on standard output:
`{"simulated-anthropic": "http://127.0.0.1:PORT", ...}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import socket
import sys
import time

import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.demo.simulated.anthropic_wire import AnthropicWire
from gateway.demo.simulated.app import Provider, build
from gateway.demo.simulated.beside import (
    CompletionsWire,
    CountTokensWire,
    EmbeddingsWire,
    InputTokensWire,
    ResponsesWire,
)
from gateway.demo.simulated.minimax_wire import FINE, MiniMaxWire
from gateway.demo.simulated.openai_wire import OpenAIWire

KEY_VARIABLE = "SIMULATED_API_KEY"
_LOOPBACK = "127.0.0.1"
_MESSAGES, _CHAT = "/v1/messages", "/v1/chat/completions"


def providers(api_key: str, signing_key: bytes, pace_s: float) -> tuple[Provider, ...]:
    """Returns the three providers of the demo catalogue, all of which take the same key."""
    messages = AnthropicWire(signing_key)
    vendor_messages = AnthropicWire(signing_key, extra=FINE)
    return (
        Provider(
            "simulated-anthropic",
            "simulated US closed API in the style of Anthropic",
            api_key,
            {_MESSAGES: messages, f"{_MESSAGES}/count_tokens": CountTokensWire(messages)},
            time.time,
            pace_s,
        ),
        Provider(
            "simulated-openai",
            "simulated US closed API in the style of OpenAI",
            api_key,
            {
                _CHAT: OpenAIWire(),
                "/v1/responses": ResponsesWire(),
                "/v1/responses/input_tokens": InputTokensWire(),
                "/v1/completions": CompletionsWire(),
                "/v1/embeddings": EmbeddingsWire(),
            },
            time.time,
            pace_s,
        ),
        Provider(
            "simulated-minimax",
            "simulated China-compelled vendor API in the style of MiniMax",
            api_key,
            {_CHAT: MiniMaxWire(), _MESSAGES: vendor_messages, f"/anthropic{_MESSAGES}": vendor_messages},
            time.time,
            pace_s,
        ),
    )


def main() -> int:
    """Runs until interrupted. Returns 0."""
    parser = argparse.ArgumentParser(prog="gateway.demo.simulated", description="Simulated providers on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port of the first provider; the others follow; 0: any")
    parser.add_argument("--api-key", default=os.environ.get(KEY_VARIABLE, "simulated-key"), help="the key they take")
    parser.add_argument("--pace-ms", type=float, default=1.0, help="pause between the pieces of a stream")
    options = parser.parse_args()
    offered = providers(options.api_key, secrets.token_bytes(32), options.pace_ms / 1000)
    asyncio.run(_serve(offered, options.port))
    return 0


async def _serve(offered: tuple[Provider, ...], port: int) -> None:
    """One server with one listener per provider; which listener was called decides which provider answers."""
    listeners = [_listen(port + index if port else 0) for index in range(len(offered))]
    ports = [int(listener.getsockname()[1]) for listener in listeners]
    by_port = {number: build(provider) for number, provider in zip(ports, offered, strict=True)}

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await by_port[scope["server"][1]](scope, receive, send)

    addresses = {p.id: f"http://{_LOOPBACK}:{number}" for p, number in zip(offered, ports, strict=True)}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(dispatch, log_level="warning", access_log=False, lifespan="off")
    await uvicorn.Server(config).serve(sockets=listeners)


def _listen(port: int) -> socket.socket:
    """A listening socket: connections queue from here on, so the address can be announced."""
    return socket.create_server((_LOOPBACK, port))


if __name__ == "__main__":
    sys.exit(main())
