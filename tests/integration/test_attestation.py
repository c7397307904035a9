"""Not proved means not eligible: a destination without a good report is held, on record, and opens when it has one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import openai
import pytest

from gateway.app import Prepared
from gateway.clock import SystemClock
from selfhost.attest.checks import Check, Finding
from selfhost.attest.keys import make_key, read_private_key
from selfhost.attest.report import Report, write_report
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import INHOUSE, Gateway, gateway_at
from tests.integration.running import base, upstreams

__all__ = ["base", "upstreams"]


async def ask(gateway: Gateway) -> None:
    """What only the house may receive."""
    await gateway.openai().chat.completions.create(
        model="minimax-m3",
        messages=[{"role": "user", "content": "Hello."}],
        extra_headers={"x-gateway-level": "restricted"},
    )


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key pair, and settings in the environment by which the in-house destination must show a report."""
    make_key(tmp_path / "key.pem", tmp_path / "key.pub.pem")
    monkeypatch.setenv(f"GATEWAY_UPSTREAMS__{INHOUSE}__ATTESTATION", str(tmp_path / "report.json"))
    monkeypatch.setenv(f"GATEWAY_UPSTREAMS__{INHOUSE}__ATTESTATION_KEY", str(tmp_path / "key.pub.pem"))
    return tmp_path


def proved(folder: Path, *, ok: bool = True) -> None:
    checks = (Check("checkpoint", Finding.HOLDS if ok else Finding.BROKEN),)
    report = Report(INHOUSE, SystemClock().now_ms(), True, "ab" * 32, "a person", checks)
    write_report(folder / "report.json", report, read_private_key(folder / "key.pem"))


async def test_nothing_restricted_is_sent_to_a_house_that_has_not_proved_itself(
    keys: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(keys / "state", base, upstreams) as gateway:
        with pytest.raises(openai.APIStatusError):
            await ask(gateway)
        assert upstreams[INHOUSE].heard == []
        change = (await gateway.records_once("access", 1))[0]
        assert (change["destination"], change["after"], change["cause"], change["evidence"]) == (
            INHOUSE, "held", "attestation", "missing",
        )  # fmt: skip


async def test_a_house_that_has_proved_itself_is_asked(
    keys: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    await asyncio.to_thread(proved, keys)
    async with gateway_at(keys / "state", base, upstreams) as gateway:
        await ask(gateway)
        assert len(upstreams[INHOUSE].heard) == 1
