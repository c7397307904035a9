"""One thread: two test workers share two cores. And the packaged model as the demo starts it, on loopback.

Kernels run in Triton's CPU interpreter, which must be chosen before their modules are imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO

import anthropic
import openai
import pytest
import torch

os.environ["TRITON_INTERPRET"] = "1"


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@contextlib.contextmanager
def served(*arguments: str, errors: BinaryIO | None = None) -> Iterator[str]:
    command = [sys.executable, "-m", "selfhost", "serve", "--engine", "m3", "--port", "0", "--announce", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="session")
def tight_url() -> Iterator[str]:
    """Five pages, and one request may wait."""
    with served("--pages", "6", "--waiting", "1") as url:
        yield url


@pytest.fixture
def gpt(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(base_url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client
