"""Access withdrawn: noticed once, recorded, remembered over a restart, and given back by a person only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path

import orjson

from gateway.app import Prepared
from gateway.identity.credentials import public_part
from tests.fakes.answers import anthropic_answer
from tests.fakes.upstream import ScriptedUpstream, whole
from tests.integration.composition import ANTHROPIC, OPENAI, Gateway, Json, gateway_at
from tests.integration.processes import environment

MODEL = "claude-fable-5"
JUNE_2026 = orjson.dumps(
    {
        "type": "error",
        "error": {
            "type": "not_found_error",
            "message": "Claude Fable 5 is not available. Please use Opus 4.8. "
            "Learn more: https://www.anthropic.com/news/fable-mythos-access",
        },
        "request_id": "req_011",
    }
)


def ask(model: str = MODEL) -> Json:
    return {"model": model, "max_tokens": 50, "messages": [{"role": "user", "content": "Agenda of the meeting"}]}


async def revoke(gateway: Gateway) -> None:
    """The upstream answers once as in June 2026; afterwards it would serve again."""
    gateway.upstreams[ANTHROPIC].then(whole(JUNE_2026, 404))
    answer = await gateway.ask("/v1/messages", ask())
    assert answer.headers["x-gateway-destination"] == OPENAI


async def test_model_is_set_aside_and_its_vendors_other_model_is_not(gateway: Gateway) -> None:
    await revoke(gateway)
    (state,) = await gateway.access_states()
    assert (state["destination"], state["model"], state["access"]) == (ANTHROPIC, MODEL, "revoked")
    again = await gateway.ask("/v1/messages", ask())
    assert again.headers["x-gateway-destination"] == OPENAI
    other = await gateway.ask("/v1/messages", ask("claude-opus-4.8"))
    assert other.headers["x-gateway-destination"] == ANTHROPIC
    assert gateway.heard_by == {ANTHROPIC: 2, OPENAI: 2}


async def test_change_is_recorded_with_the_attempt_that_showed_it(gateway: Gateway) -> None:
    await revoke(gateway)
    (change,) = await gateway.records_once("access", 1)
    intent = (await gateway.records("intent"))[0]
    assert (change["before"], change["after"], change["scope"]) == ("active", "revoked", "model")
    assert (change["cause"], change["actor"]) == ("ANT-404-UNAVAILABLE", "gateway")
    assert change["evidence"] == intent["attempt_id"]


async def test_revocation_survives_a_restart(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(tmp_path / "state", base, upstreams) as before:
        await revoke(before)
        keys = before.keys
    async with gateway_at(tmp_path / "state", base, upstreams, keys=keys) as after:
        answer = await after.ask("/v1/messages", ask())
        assert answer.headers["x-gateway-destination"] == OPENAI
        assert after.heard_by == {ANTHROPIC: 1, OPENAI: 2}
        assert len(await after.records("access")) == 1  # known, not noticed again


async def test_operator_gives_it_back(gateway: Gateway) -> None:
    await revoke(gateway)
    answer = await gateway.operate(ANTHROPIC, "restore", model=MODEL, reason="contract renewed")
    assert (answer.status_code, answer.json()["states"]) == (200, [])
    served = await gateway.ask("/v1/messages", ask())
    assert served.headers["x-gateway-destination"] == ANTHROPIC
    _, restored = await gateway.records_once("access", 2)
    assert (restored["before"], restored["after"], restored["evidence"]) == ("revoked", "active", "contract renewed")
    assert restored["actor"] == public_part(gateway.keys["operator"])


async def test_suspension_closes_at_once_and_is_recorded(gateway: Gateway) -> None:
    assert (await gateway.ask("/v1/messages", ask())).headers["x-gateway-destination"] == ANTHROPIC
    assert (await gateway.operate(ANTHROPIC, "suspend", reason="incident 7")).status_code == 200
    for model in (MODEL, "claude-opus-4.8"):
        answer = await gateway.ask("/v1/messages", ask(model))
        assert answer.headers["x-gateway-destination"] == OPENAI
    assert gateway.heard_by == {ANTHROPIC: 1, OPENAI: 2}
    (change,) = await gateway.records_once("access", 1)
    assert (change["after"], change["model"], change["evidence"]) == ("held", "", "incident 7")


async def test_only_an_operator_may_look_or_change(gateway: Gateway) -> None:
    for key, expected in {"employee": 403, "auditor": 403, "expired": 401}.items():
        changed = await gateway.operate(ANTHROPIC, "suspend", key=key)
        headers = {"authorization": f"Bearer {gateway.keys[key]}"}
        listed = await gateway.client.get(f"{gateway.url}/operator/providers", headers=headers)
        assert (changed.status_code, listed.status_code) == (expected, expected), key
    assert await gateway.access_states() == []


WRONG_ORDERS: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"no json", 400),
    (b"[]", 400),
    (b'{"action":"suspend"}', 400),
    (b'{"action":"suspend","reason":"  "}', 400),
    (b'{"action":"destroy","reason":"x"}', 400),
    (b'{"action":"suspend","reason":7}', 400),
    (b'{"action":"suspend","reason":"x","model":null}', 400),
    (b'{"action":"suspend","reason":"' + b"x" * 201 + b'"}', 400),
    (b'{"action":"suspend","reason":"' + b"x" * 5000 + b'"}', 413),
]


async def test_order_that_cannot_be_read_changes_nothing(gateway: Gateway) -> None:
    path = f"/operator/providers/{ANTHROPIC}"
    found = [(body, (await gateway.ask(path, body, key="operator")).status_code) for body, _ in WRONG_ORDERS]
    assert found == WRONG_ORDERS
    assert (await gateway.operate("nobody", "suspend")).status_code == 404
    assert await gateway.access_states() == []


async def test_ambiguous_refusal_leaves_a_destination_with_harmless_text_only(gateway: Gateway) -> None:
    """A bad key is no proof: harmless text still goes there, and tells."""
    doubtful = whole(b'{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}', 401)
    public = {"x-gateway-level": "public"}
    gateway.upstreams[ANTHROPIC].then(doubtful)
    await gateway.ask("/v1/messages", ask("claude-opus-4.8"), headers=public)
    assert [state["access"] for state in await gateway.access_states()] == ["suspect"]
    internal = await gateway.ask("/v1/messages", ask("claude-opus-4.8"))
    assert internal.headers["x-gateway-destination"] == OPENAI
    gateway.upstreams[ANTHROPIC].default = whole(anthropic_answer())
    assert [record["after"] for record in await gateway.records_once("access", 1)] == ["suspect"]


def command(gateway: Gateway, *arguments: str) -> tuple[int, str]:
    """Runs `gateway providers` against the running gateway. Blocks."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "providers", *arguments, "--url", gateway.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment() | {"GATEWAY_OPERATOR_KEY": gateway.keys["operator"]},
    )
    return done.returncode, done.stdout + done.stderr


async def test_command_suspends_lists_and_restores(gateway: Gateway) -> None:
    run = partial(asyncio.to_thread, command, gateway)
    assert await run("list") == (0, "every configured destination is active\n")
    assert (await run("suspend", ANTHROPIC, "--reason", "incident 7"))[0] == 0
    code, listed = await run("list")
    assert code == 1
    assert ANTHROPIC in listed
    assert "held" in listed
    assert await run("suspend", "nobody", "--reason", "x") == (
        2,
        "gateway: the gateway answered 404: no such destination is configured\n",
    )
    assert (await run("restore", ANTHROPIC, "--reason", "over"))[0] == 0
    assert (await run("list"))[0] == 0
