"""No durable record, no egress: while the log cannot be written not one byte reaches an upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import Prepared
from routers.errors import EgressForbidden
from routers.permit import PermitBook
from routers.types import AttemptId, DestinationId, Dialect, Prompt
from routers.upstreams.doors import open_doors
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Patience
from tests.fakes.answers import openai_answer, openai_events
from tests.fakes.fixtures import upstream
from tests.fakes.targets import target
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream, stream, whole
from tests.integration.composition import OPENAI, PUBLIC, Gateway, gateway_at
from tests.unit.gateway.audit.disks import Disk
from tests.unit.gateway.audit.samples import rows

__all__ = ["upstream"]

OPENAI_BODY = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "How do tides work?"}]}
ANTHROPIC_BODY = OPENAI_BODY | {"model": "claude-opus-4.8", "max_tokens": 50}
CALLS = [("/v1/chat/completions", OPENAI_BODY), ("/v1/messages", ANTHROPIC_BODY)]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def on_disk(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], disk: Disk
) -> AsyncIterator[Gateway]:
    """A gateway whose log is on the test's own disk, and which waits no longer than 0.2 s for it."""
    waits = {"wait_s": 0.2}
    async with gateway_at(tmp_path / "state", base, upstreams, connect=disk.connect, audit=waits) as found:
        await found.records_once("key", len(found.keys))  # so that only the requests of the test write
        yield found
        disk.broken = False
        disk.ready.set()


def connections(gateway: Gateway) -> int:
    return sum(upstream.connections for upstream in gateway.upstreams.values())


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("path", "body"), CALLS)
async def test_failing_disk_refuses_the_call_and_nothing_leaves(
    on_disk: Gateway, disk: Disk, path: str, body: dict[str, object], streamed: bool
) -> None:
    disk.broken = True
    answer = await on_disk.ask(path, body | {"stream": streamed}, headers=PUBLIC)
    assert answer.status_code == 503
    assert "audit_unavailable" in answer.text
    assert answer.headers["x-audit-record"] == "none"
    assert connections(on_disk) == 0


async def test_log_stays_latched_after_the_disk_has_recovered(on_disk: Gateway, disk: Disk) -> None:
    disk.broken = True
    await on_disk.ask("/v1/chat/completions", OPENAI_BODY, headers=PUBLIC)
    disk.broken = False
    ready = await on_disk.client.get(f"{on_disk.url}/readyz")
    assert (ready.status_code, ready.json()["failing"]) == (503, ["audit"])
    answer = await on_disk.ask("/v1/chat/completions", OPENAI_BODY, headers=PUBLIC)
    assert answer.status_code == 503
    assert connections(on_disk) == 0


async def test_slow_disk_refuses_the_call_and_the_late_record_says_that_nothing_was_sent(
    on_disk: Gateway, disk: Disk
) -> None:
    disk.ready.clear()
    answer = await on_disk.ask("/v1/chat/completions", OPENAI_BODY, headers=PUBLIC)
    assert answer.status_code == 503
    disk.ready.set()
    (outcome,) = await on_disk.records_once("outcome", 1)
    assert (outcome["ending"], outcome["signature"]) == ("unknown", "audit.not_sent")
    assert connections(on_disk) == 0


async def test_every_byte_that_arrives_has_its_intent_on_disk_already(gateway: Gateway) -> None:
    """The upstream looks into the log before it answers."""
    seen: list[object] = []
    usual = whole(openai_answer())

    def look(heard: Heard) -> Fate:
        seen.append(rows(gateway.directory, "SELECT count(*) FROM entry WHERE kind = 'intent'")[0][0])
        return usual

    gateway.upstreams[OPENAI].default = look
    for _ in range(5):
        assert (await gateway.ask("/v1/chat/completions", OPENAI_BODY, headers=PUBLIC)).status_code == 200
    assert seen == [1, 2, 3, 4, 5]


async def test_caller_who_hangs_up_while_the_record_is_written_has_sent_nothing(on_disk: Gateway, disk: Disk) -> None:
    disk.ready.clear()
    call = asyncio.create_task(on_disk.ask("/v1/chat/completions", OPENAI_BODY, headers=PUBLIC))
    await asyncio.sleep(0.1)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.sleep(0.05)
    disk.ready.set()
    await asyncio.sleep(0.3)
    assert connections(on_disk) == 0


async def test_door_opens_for_no_other_permit(upstream: ScriptedUpstream) -> None:
    """Forged, spent, for another body or another destination: nothing leaves."""
    book, place = PermitBook(), target("simulated-openai")
    name, body = place.destination.id, b'{"model":"gpt-fake","messages":[]}'
    prompt = Prompt(Dialect.OPENAI_CHAT, body, (), stream=False)
    foreign = PermitBook().issue(AttemptId("a"), name, body)
    wrong_body = book.issue(AttemptId("b"), name, body + b" ")
    wrong_place = book.issue(AttemptId("c"), DestinationId("elsewhere"), body)
    spent = book.issue(AttemptId("d"), name, body)
    book.redeem(spent, name, body)
    doors = open_doors({name: Endpoint(upstream.base_url)}, book, Patience(idle_s=5))
    try:
        for permit in (foreign, wrong_body, wrong_place, spent):
            with pytest.raises(EgressForbidden):
                await doors.send(place, prompt, permit)
    finally:
        await doors.close()
    assert upstream.connections == 0


async def test_stream_whose_outcome_cannot_be_recorded_left_its_intent(on_disk: Gateway, disk: Disk) -> None:
    """What already left is on record, and stays open for the next start to close."""
    on_disk.upstreams[OPENAI].then(stream(openai_events(), pace_s=0.1))
    body = OPENAI_BODY | {"stream": True}
    call = asyncio.create_task(on_disk.ask("/v1/chat/completions", body, headers=PUBLIC))
    await on_disk.upstreams[OPENAI].asked.wait()
    disk.broken = True
    await asyncio.gather(call, return_exceptions=True)
    assert len(await on_disk.records("intent")) == 1
    assert await on_disk.records("outcome") == []
