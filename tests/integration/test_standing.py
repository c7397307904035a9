"""Labels that stick, labels that somebody lowers, and people who are counted, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from gateway.app import Prepared
from gateway.standing.downgrades import sign, statement_bytes
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import INHOUSE, OPENAI, Gateway, gateway_at, verify
from tests.unit.gateway.standing.made import SIGNING_KEY, downgrade, limits, signers

PRIVILEGED = "PRIVILEGED AND CONFIDENTIAL - ATTORNEY-CLIENT COMMUNICATION\nWe should settle."
CHAT = "/v1/chat/completions"


def chat(text: str, model: str = "gpt-5.5") -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": text}]}


async def ask(gateway: Gateway, text: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return await gateway.ask(CHAT, chat(text), headers=headers)


async def test_a_conversation_that_was_privileged_stays_in_house(gateway: Gateway) -> None:
    named = {"x-gateway-conversation": "matter-7"}
    first = await ask(gateway, PRIVILEGED, named)
    later = await ask(gateway, "Now shorten that.", named)
    other = await ask(gateway, "Now shorten that.")
    places = [answer.headers["x-gateway-destination"] for answer in (first, later, other)]
    assert places == [INHOUSE, INHOUSE, OPENAI]
    intents = [record["subject"] for record in await gateway.records("intent")]
    assert [intent["level"] for intent in intents] == ["restricted", "restricted", "internal"]  # type: ignore[index]  # JSON


async def test_a_signed_downgrade_opens_a_route_until_it_is_revoked(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    today = datetime.now(UTC).date()
    lowered = downgrade(
        app="assistant",
        types=("PRIVILEGE_MARKING",),
        not_before=today.isoformat(),
        not_after=(today + timedelta(days=1)).isoformat(),
    )
    order = {"statement": statement_bytes(lowered).decode(), "signature": sign(lowered, SIGNING_KEY)}
    terms = limits(downgrades=signers())
    async with gateway_at(tmp_path / "state", base, upstreams, terms=terms) as gateway:
        assert (await ask(gateway, PRIVILEGED)).headers["x-gateway-destination"] == INHOUSE
        assert (await gateway.ask("/operator/downgrades", order, key="employee")).status_code == 403
        forged = await gateway.ask("/operator/downgrades", order | {"signature": "00" * 64}, key="operator")
        assert (forged.status_code, await gateway.records("downgrade")) == (400, [])
        assert (await gateway.ask("/operator/downgrades", order, key="operator")).status_code == 200
        assert (await ask(gateway, PRIVILEGED)).headers["x-gateway-destination"] == OPENAI
        ended = await gateway.ask("/operator/downgrades/code-of-demo/revoke", {}, key="operator")
        assert ended.json() == {"downgrades": []}
        assert (await ask(gateway, PRIVILEGED)).headers["x-gateway-destination"] == INHOUSE
        changes = await gateway.records("downgrade")
        assert [(change["action"], change["role"], change["signer"]) for change in changes] == [
            ("granted", "privacy", "dpo"),
            ("revoked", "privacy", "dpo"),
        ]
        assert changes[0]["statement"] == order["statement"]
        reasons = [record["subject"]["label_reasons"] for record in await gateway.records("intent")]  # type: ignore[index]  # JSON
        assert ["downgrade:code-of-demo" in each for each in reasons] == [False, True, False]
    code, report = await asyncio.to_thread(verify, gateway.directory)
    assert (code, report["findings"]) == (0, [])


async def test_a_raised_threshold_opens_a_route_and_unmasks_nothing(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    thresholds = {"version": "t", "default_milli": 1000, "kinds": {}, "destinations": {}}
    async with gateway_at(tmp_path / "state", base, upstreams, terms=limits(thresholds=thresholds)) as gateway:
        await ask(gateway, "Call me on (415) 555-2671.")
        (body,) = gateway.heard(OPENAI)
        assert b"555-2671" not in body
        (intent,) = await gateway.records("intent")
        assert (intent["subject"]["level"], intent["masked"]) == (  # type: ignore[index]  # JSON
            "confidential",
            [{"count": 1, "type": "PHONE_NUMBER"}],
        )
        assert intent["subject"]["considered"][0]["rules"] == ["PII-1"]  # type: ignore[index]  # JSON


async def test_people_are_counted_before_their_data_leaves(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    bulk = {"countries": ["us"], "window_days": 365, "thresholds": {"identifier": 4}}
    async with gateway_at(tmp_path / "state", base, upstreams, terms=limits(bulk=bulk)) as gateway:
        await ask(gateway, "write to ann@example.com")
        assert await gateway.records("bulk") == []
        await ask(gateway, "write to ann@example.com and bob@example.com")
        (crossing,) = await gateway.records("bulk")
        assert (crossing["destination"], crossing["data"], crossing["band"]) == (OPENAI, "identifier", "50")
        assert (crossing["count"], crossing["limit"]) == (2, 4)
        await ask(gateway, "summarise the weather")
        assert len(await gateway.records("bulk")) == 1
    code, report = await asyncio.to_thread(verify, gateway.directory)
    assert (code, report["findings"]) == (0, [])


async def test_nothing_is_sent_when_people_cannot_be_counted(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    bulk = {"countries": ["us"], "window_days": 365, "thresholds": {"identifier": 4}}
    async with gateway_at(tmp_path / "state", base, upstreams, terms=limits(bulk=bulk)) as gateway:
        gateway.prepared.standing.store.close()
        answer = await ask(gateway, "write to ann@example.com")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "standing_unavailable")
        assert gateway.heard_by == {}
