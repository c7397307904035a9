"""What an in-house engine may share in its prefix cache: not between tenants, nor beyond a restricted conversation."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.app import Prepared
from gateway.identity.keys import Grant
from gateway.types import AppId, Level, PrincipalClass, Role, TenantId
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import INHOUSE, OPENAI, Gateway, gateway_at, issue_keys
from tests.integration.running import base, upstreams

__all__ = ["base", "upstreams"]


def employee(tenant: str) -> Grant:
    return Grant(
        TenantId(tenant), AppId("a"), PrincipalClass.EMPLOYEE, Level.RESTRICTED, frozenset({"general"}),
        frozenset({Role.CALL}), None,
    )  # fmt: skip


async def salt_of(
    gateway: Gateway, key: str, *, level: str, text: str, path: str = "/v1/chat/completions", **extra: object
) -> str:
    """The salt that reached the house, and nothing that the caller named one."""
    body = {
        "model": "minimax-m3", "max_tokens": 5, "messages": [{"role": "user", "content": text}], **extra,
    }  # fmt: skip
    answer = await gateway.ask(path, body, key=key, headers={"x-gateway-level": level})
    assert answer.status_code == 200
    assert answer.headers["x-gateway-destination"] == INHOUSE
    found: str = json.loads(gateway.heard(INHOUSE)[-1])["cache_salt"]
    return found


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
async def test_salts_differ_between_tenants_and_between_restricted_conversations(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], path: str
) -> None:
    await upstreams["simulated-minimax"].__aexit__(None, None, None)  # so that internal text stays in the house, too
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        grants = {"one": employee("tenant-one"), "other": employee("tenant-two")}
        keys = await asyncio.to_thread(issue_keys, gateway.settings, grants)
        await asyncio.to_thread(gateway.prepared.keys.refresh)
        gateway.keys = {**gateway.keys, **keys}
        internal = [
            await salt_of(gateway, key, level="internal", text=text, path=path)
            for key, text in (("one", "Hello."), ("one", "Good evening."), ("other", "Hello."))
        ]
        restricted = [
            await salt_of(gateway, key, level="restricted", text=text, path=path)
            for key, text in (("one", "Hello."), ("one", "Hello."), ("one", "Good evening."), ("other", "Hello."))
        ]
        chosen = await salt_of(gateway, "one", level="internal", text="Hi.", path=path, cache_salt=internal[2])
    assert internal[0] == internal[1] != internal[2]
    assert restricted[0] == restricted[1]
    assert len({*internal, *restricted}) == 5
    assert chosen == internal[0]


async def test_providers_outside_the_house_get_no_salt(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(tmp_path / "state", base, upstreams) as gateway:
        body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hello."}]}
        await gateway.ask("/v1/chat/completions", body, headers={"x-gateway-level": "public"})
        assert b"salt" not in gateway.heard(OPENAI)[-1]
