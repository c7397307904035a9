"""What the simulated providers remember, and how a model is withdrawn."""

from __future__ import annotations

import base64

import anthropic
import httpx
import openai
import pytest

from gateway.demo.simulated.ledger import Ledger, Recorded

SUSPENDED = (
    "Claude Fable 5 is not available. Please use Opus 4.8. Learn more: "
    "https://www.anthropic.com/news/fable-mythos-access"
)


def received(base_url: str) -> list[dict[str, object]]:
    requests: list[dict[str, object]] = httpx.get(f"{base_url}/_simulated/requests").json()["requests"]
    return requests


def test_every_request_is_remembered_byte_for_byte(simulated: dict[str, str], gpt: openai.OpenAI) -> None:
    base_url = simulated["simulated-openai"]
    body = b'{ "model" : "gpt-x", "messages":[{"role":"user","content":"\\u4f60\\u597d"}] }'
    headers = {"authorization": f"Bearer {gpt.api_key}", "content-type": "application/json"}
    httpx.post(f"{base_url}/v1/chat/completions", content=body, headers=headers).raise_for_status()
    last = received(base_url)[-1]
    assert base64.b64decode(str(last["body_base64"])) == body
    assert (last["provider"], last["model"], last["status"]) == ("simulated-openai", "gpt-x", 200)


def test_refused_request_is_remembered_as_well(simulated: dict[str, str]) -> None:
    base_url = simulated["simulated-openai"]
    httpx.post(f"{base_url}/v1/chat/completions", content=b"secret and not JSON")
    last = received(base_url)[-1]
    assert base64.b64decode(str(last["body_base64"])) == b"secret and not JSON"
    assert last["status"] == 401


def test_providers_do_not_share_their_memory(simulated: dict[str, str], gpt: openai.OpenAI) -> None:
    gpt.chat.completions.create(model="gpt-only", messages=[{"role": "user", "content": "x"}])
    assert all(item["model"] != "gpt-only" for item in received(simulated["simulated-minimax"]))


def test_withdrawn_model_answers_as_in_june_2026(simulated: dict[str, str], claude: anthropic.Anthropic) -> None:
    control = f"{simulated['simulated-anthropic']}/_simulated"
    ask = {"max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    httpx.post(f"{control}/revoke", json={"model": "claude-fable-5"}).raise_for_status()
    with pytest.raises(anthropic.NotFoundError) as refusal:
        claude.messages.create(model="claude-fable-5", **ask)
    body = refusal.value.response.json()
    assert body == {
        "type": "error",
        "error": {"type": "not_found_error", "message": SUSPENDED},
        "request_id": refusal.value.response.headers["request-id"],
    }
    claude.messages.create(model="claude-opus-4.8", **ask)
    httpx.post(f"{control}/reinstate", json={"model": "claude-fable-5"}).raise_for_status()
    claude.messages.create(model="claude-fable-5", **ask)


def test_withdrawn_model_of_the_other_dialect_answers_in_that_dialect(
    simulated: dict[str, str], gpt: openai.OpenAI
) -> None:
    httpx.post(f"{simulated['simulated-openai']}/_simulated/revoke", json={"model": "gpt-gone"}).raise_for_status()
    with pytest.raises(openai.NotFoundError) as refusal:
        gpt.chat.completions.create(model="gpt-gone", messages=[{"role": "user", "content": "x"}])
    assert refusal.value.code == "model_not_found"


def test_providers_listen_on_loopback_only(simulated: dict[str, str]) -> None:
    assert all(url.startswith("http://127.0.0.1:") for url in simulated.values())


def test_memory_is_bounded_and_forgets_the_oldest_first() -> None:
    ledger = Ledger()
    for number in range(1, 2_101):
        ledger.remember(Recorded(number, "/v1/messages", "m", 200, b"{}"))
    assert [r.number for r in ledger.requests][:: len(ledger.requests) - 1] == [101, 2_100]
