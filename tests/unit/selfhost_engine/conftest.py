"""One thread: two test workers share two cores. And the packaged model as the demo starts it, on loopback.

Kernels run in Triton's CPU interpreter, which must be chosen before their modules are imported.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import anthropic
import httpx
import openai
import pytest
import torch

from tests.unit.selfhost_engine.serving import served

os.environ["TRITON_INTERPRET"] = "1"


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="session")
def tight_url() -> Iterator[str]:
    """Five pages, and two requests may wait. No canary takes any of them; in 16 bits answers take long everywhere."""
    with served("--pages", "6", "--waiting", "2", "--canary-every", "0", "--dtype", "bfloat16") as url:
        yield url


@pytest.fixture
async def tight(tight_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=tight_url, timeout=60) as client:
        yield client


@pytest.fixture
def gpt(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(base_url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client
