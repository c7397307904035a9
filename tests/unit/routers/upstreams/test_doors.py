"""Which door is taken, and what is not loaded for it."""

from __future__ import annotations

import subprocess
import sys

from routers.permit import PermitBook
from routers.types import AttemptId, DestinationId, Dialect, Prompt
from routers.upstreams.doors import open_doors
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Patience
from tests.fakes.answers import openai_answer
from tests.fakes.targets import target
from tests.fakes.upstream import ScriptedUpstream, whole

BODY = b'{"model":"m","messages":[]}'


async def test_a_spoken_dialect_goes_straight_through(upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    book = PermitBook()
    doors = open_doors({DestinationId("closed-a"): Endpoint(upstream.base_url)}, book, Patience())
    permit = book.issue(AttemptId("a"), DestinationId("closed-a"), BODY)
    reply = await doors.send(target(), Prompt(Dialect.OPENAI_CHAT, BODY, (), stream=False), permit)
    body = b"".join([piece async for piece in reply.chunks])
    await doors.close()
    assert body == openai_answer()
    assert upstream.heard[0].header("authorization") is None


def test_litellm_and_httpx_are_not_loaded_until_a_translation_needs_them() -> None:
    program = (
        "import sys, routers.upstreams.doors, routers.plan_runner, routers.router, routers.signatures;"
        "print(sorted({'litellm', 'httpx', 'openai', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
