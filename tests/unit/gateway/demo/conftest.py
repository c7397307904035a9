"""The simulated providers as they run in the demo: their own process, real HTTP on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import anthropic
import openai
import pytest

API_KEY = "simulated-key-of-the-tests"


@pytest.fixture(scope="module")
def simulated() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "gateway.demo.simulated", "--api-key", API_KEY, "--pace-ms", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def claude(simulated: dict[str, str]) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=simulated["simulated-anthropic"], api_key=API_KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(simulated: dict[str, str]) -> Iterator[openai.OpenAI]:
    base_url = f"{simulated['simulated-openai']}/v1"
    with openai.OpenAI(base_url=base_url, api_key=API_KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def minimax(simulated: dict[str, str]) -> Iterator[openai.OpenAI]:
    base_url = f"{simulated['simulated-minimax']}/v1"
    with openai.OpenAI(base_url=base_url, api_key=API_KEY, max_retries=0) as client:
        yield client
