"""The in-house server as a whole: how soon it is there, how soon an answer begins, and how fast many are written.

A server with the packaged model is started with the options that follow `--`; nothing else may use the machine. Each
level asks so many raw completions at once, streamed, over one connection each, the token that ends an answer ignored.
The first round of each level is not counted: kernels are compiled and decode passes captured in it.

    scripts/bench selfhost --server [--parallel 1 16 64] [--tokens 128] [--rounds 3] [-- --device cuda --dtype bfloat16]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from selfhost.nano import NAME
from tests.unit.selfhost_engine.serving import served

_PROMPT = (
    "]~!b[]~b]system\nAnswer briefly.[e~[\n]~b]user\nHow do tides work in bay {}?[e~[\n]~b]ai\n<mm:think></mm:think>"
)
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds to its first token, and from its first to its last."""

    first_s: float
    rest_s: float


async def _answer(client: httpx.AsyncClient, number: int, tokens: int) -> Answer:
    body = {"model": NAME, "prompt": _PROMPT.format(number), "max_tokens": tokens, "temperature": 0, "stream": True}
    begun, first = time.perf_counter(), 0.0
    async with client.stream("POST", "/v1/completions", json=body | {"ignore_eos": True}) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line.startswith("data: {") and not first:
                first = time.perf_counter()
    return Answer(first - begun, time.perf_counter() - first)


async def _round(url: str, parallel: int, tokens: int) -> tuple[float, list[Answer]]:
    limits = httpx.Limits(max_connections=parallel)
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, limits=limits) as client:
        begun = time.perf_counter()
        answers = await asyncio.gather(*(_answer(client, number, tokens) for number in range(parallel)))
        return time.perf_counter() - begun, answers


def level(url: str, parallel: int, tokens: int, rounds: int) -> dict[str, object]:
    """One line of the table: medians over all answers of the counted rounds; tokens/s of the best round."""
    counted = [asyncio.run(_round(url, parallel, tokens)) for _ in range(rounds + 1)][1:]
    answers = [answer for _, each in counted for answer in each]
    return {
        "parallel": parallel,
        "first_token_ms": round(1e3 * statistics.median(each.first_s for each in answers), 1),
        "token_ms": round(1e3 * statistics.median(each.rest_s / (tokens - 1) for each in answers), 2),
        "tokens_per_s": round(parallel * tokens / min(taken_s for taken_s, _ in counted)),
    }


def _proved_after_s(url: str, begun: float) -> float:
    """When the canaries of the start hold: both askings of each, kernels compiled."""
    while (status := httpx.get(f"{url}/health", timeout=_TIMEOUT_S).json()["canaries"]) != "holds":
        if status != "pending":
            raise SystemExit(f"the canaries are {status}")
        time.sleep(0.05)
    return time.perf_counter() - begun


def main(arguments: Sequence[str]) -> int:
    """Prints one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parallel", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("options", nargs="*", help="after --: options of `selfhost serve`")
    asked = parser.parse_args(arguments)
    begun = time.perf_counter()
    with served(*asked.options, "--canary-every", "3600") as url:
        listening_s = time.perf_counter() - begun
        proved_s = _proved_after_s(url, begun)
        found = {
            "options": asked.options,
            "attention": httpx.get(f"{url}/health").json()["attention"],
            "load_average": round(os.getloadavg()[0], 1),
            "announced_s": round(listening_s, 1),
            "canaries_hold_s": round(proved_s, 1),
            "levels": [level(url, each, asked.tokens, asked.rounds) for each in asked.parallel],
        }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
