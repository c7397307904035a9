"""An in-house server that says it drifted gets nothing more, on record; one that must prove itself waits until it has.

pytest -m slow tests/integration/test_live_proof.py    the pages are looked at every five seconds
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import openai
import pytest

from gateway.app import Prepared
from selfhost.attest.canary import Status
from selfhost.attest.keys import make_key, read_private_key
from selfhost.attest.provenance import HEADER, Provenance
from tests.fakes.answers import openai_answer
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream, whole
from tests.integration.composition import INHOUSE, Gateway, gateway_at
from tests.integration.running import base, upstreams
from tests.unit.routers.test_live_proof import ROOT, manifest

__all__ = ["base", "upstreams"]
SAID = Provenance(ROOT, "a person", "selfhost", "kernels", "torch", "float32", "float32", "float32")


class House:
    """An in-house server whose canaries say what the test wants."""

    def __init__(self, folder: Path) -> None:
        make_key(folder / "key.pem", folder / "key.pub.pem")
        self.key = read_private_key(folder / "key.pem")
        self.status = Status.PENDING

    def answer(self, heard: Heard) -> Fate:
        if heard.path == "/provenance":
            about = {"checked_ms": time.time_ns() // 1_000_000, "checkpoint": manifest(key=self.key), "drifted": []}
            return whole(json.dumps(SAID.document(self.status) | about).encode())
        return whole(openai_answer("Good."), headers=(SAID.header(self.status),))


@pytest.fixture
def house(tmp_path: Path, upstreams: dict[str, ScriptedUpstream]) -> House:
    found = House(tmp_path)
    upstreams[INHOUSE].default = found.answer
    return found


async def ask(gateway: Gateway) -> str | None:
    """What only the house may receive."""
    answer = await gateway.openai().chat.completions.create(
        model="minimax-m3",
        messages=[{"role": "user", "content": "Hello."}],
        extra_headers={"x-gateway-level": "restricted"},
    )
    return answer.choices[0].message.content


async def changes(gateway: Gateway, count: int) -> list[tuple[object, ...]]:
    found = await gateway.records_once("access", count, within_s=20)
    return [tuple(change[name] for name in ("destination", "after", "cause", "evidence")) for change in found]


async def test_an_answer_that_calls_itself_wrong_reaches_nobody_and_holds_the_house(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], house: House
) -> None:
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        house.status = Status.HOLDS
        assert await ask(gateway) == "Good."
        house.status = Status.DRIFTED
        with pytest.raises(openai.APIStatusError):
            await ask(gateway)
        assert await changes(gateway, 1) == [(INHOUSE, "held", "canaries", "answer")]
        sent = len(gateway.heard(INHOUSE))
        with pytest.raises(openai.APIStatusError):
            await ask(gateway)
        assert len(gateway.heard(INHOUSE)) == sent == 2
        outcome = (await gateway.records_once("outcome", 2))[1]
        assert (outcome["ending"], outcome["signature"]) == ("failed", "CANARY-DRIFT")
        assert json.loads(str(outcome["provenance"]))["canaries"] == "drifted"
        house.status = Status.HOLDS
        await gateway.operate(INHOUSE, "restore")
        assert await ask(gateway) == "Good."


@pytest.mark.slow
async def test_a_house_that_must_prove_itself_live_gets_nothing_before_and_nothing_after_a_drift(
    tmp_path: Path,
    base: Prepared,
    upstreams: dict[str, ScriptedUpstream],
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"GATEWAY_UPSTREAMS__{INHOUSE}__WEIGHTS_KEY", str(tmp_path / "key.pub.pem"))
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        with pytest.raises(openai.APIStatusError):
            await ask(gateway)
        assert [heard.path for heard in upstreams[INHOUSE].heard] == ["/provenance"]
        house.status = Status.HOLDS
        told = f"root {ROOT[:16]}, engine selfhost, attention torch, canaries holds"
        assert (await changes(gateway, 2))[1] == (INHOUSE, "active", "attestation", told)
        assert await ask(gateway) == "Good."
        house.status = Status.DRIFTED
        held = await changes(gateway, 3)
        assert held == [
            (INHOUSE, "held", "attestation", "no_canaries"),
            (INHOUSE, "active", "attestation", told),
            (INHOUSE, "held", "canaries", "drifted"),
        ]
        await gateway.operate(INHOUSE, "restore")  # nobody opens what has not proved itself
        assert (await changes(gateway, 5))[3:] == [
            (INHOUSE, "active", "operator", "a test"),
            (INHOUSE, "held", "canaries", "drifted"),
        ]
        house.status = Status.HOLDS
        await asyncio.sleep(6)
        with pytest.raises(openai.APIStatusError):
            await ask(gateway)
        await gateway.operate(INHOUSE, "restore")
        assert await ask(gateway) == "Good."


def test_the_header_is_the_one_that_the_gateway_reads() -> None:
    assert HEADER == "x-model-provenance"
