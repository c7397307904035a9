"""The official SDKs raise the exception a caller expects, and repeat only what may help."""

from __future__ import annotations

from pathlib import Path

import anthropic
import openai
import pytest

from gateway import errors
from gateway.exchange import Exchange, TraceSink
from gateway.types import Call
from tests.unit.gateway.api.edge import Answer, hello
from tests.unit.gateway.api.serving import Served, serving

HELLO = [{"role": "user", "content": "hello"}]

CASES = (
    (errors.PolicyDenied(["CN-NIL-7"]), openai.PermissionDeniedError, anthropic.PermissionDeniedError),
    (errors.ModelNotFound("the requested model is not offered here"), openai.NotFoundError, anthropic.NotFoundError),
    (errors.KeyExpired("the API key has expired"), openai.AuthenticationError, anthropic.AuthenticationError),
    (errors.MalformedBody("the body has a duplicate key"), openai.BadRequestError, anthropic.BadRequestError),
    (errors.BodyTooLarge("the body is too large"), openai.APIStatusError, anthropic.RequestTooLargeError),
    (errors.NoPermittedRoute(["ACCESS"]), openai.InternalServerError, anthropic.InternalServerError),
    (errors.AuditUnavailable("no record"), openai.InternalServerError, anthropic.InternalServerError),
    (errors.UpstreamFailed("all failed"), openai.InternalServerError, anthropic.InternalServerError),
    (ValueError("zq-private-words"), openai.InternalServerError, anthropic.InternalServerError),
)


def failing(error: Exception, times: int = 1_000) -> Answer:
    left = [times]

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        left[0] -= 1
        if left[0] < 0:
            return await hello(call, trace)
        raise error

    return answer


def call_openai(served: Served, *, retries: int = 0, key: str | None = None) -> object:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key=key or served.key, max_retries=retries) as client:
        return client.chat.completions.create(model="gpt-5.5", messages=HELLO)


def call_anthropic(served: Served, *, retries: int = 0, key: str | None = None) -> object:
    with anthropic.Anthropic(base_url=served.url, api_key=key or served.key, max_retries=retries) as client:
        return client.messages.create(model="claude", max_tokens=5, messages=HELLO)


@pytest.mark.parametrize(("error", "expected", "_"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_openai_sdk_raises_the_class_that_fits(
    tmp_path: Path, error: Exception, expected: type[openai.APIStatusError], _: object
) -> None:
    with serving(tmp_path, failing(error)) as served, pytest.raises(expected) as caught:
        call_openai(served)
    assert caught.value.code == getattr(error, "code", "internal_error")
    assert caught.value.request_id == "req_1"
    assert "zq-private-words" not in str(caught.value)


@pytest.mark.parametrize(("error", "_", "expected"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_anthropic_sdk_raises_the_class_that_fits(
    tmp_path: Path, error: Exception, _: object, expected: type[anthropic.APIStatusError]
) -> None:
    with serving(tmp_path, failing(error)) as served, pytest.raises(expected) as caught:
        call_anthropic(served)
    assert getattr(error, "code", "internal_error") in str(caught.value)
    assert caught.value.request_id == "req_1"
    assert "zq-private-words" not in str(caught.value)


def test_denial_tells_the_rule_through_both_sdks(tmp_path: Path) -> None:
    with serving(tmp_path, failing(errors.PolicyDenied(["CN-NIL-7"]))) as served:
        for call in (call_openai, call_anthropic):
            with pytest.raises((openai.APIError, anthropic.APIError), match="CN-NIL-7"):
                call(served)


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (errors.PolicyDenied(["CN-NIL-7"]), 1),
        (ValueError("a defect does not go away by asking again"), 1),
        (errors.UpstreamFailed("all failed"), 2),
    ],
    ids=["denied", "defect", "failed"],
)
@pytest.mark.parametrize("call", [call_openai, call_anthropic])
def test_sdks_repeat_only_what_may_help(tmp_path: Path, call: object, error: Exception, attempts: int) -> None:
    with serving(tmp_path, failing(error, times=1)) as served:
        try:
            call(served, retries=2)
        except (openai.APIError, anthropic.APIError):
            assert attempts == 1
        assert len(served.pipeline.calls) == attempts


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-oat01-simulated-subscription-token",
        "sk-proj-simulated",
        "gk_0011223344556677." + "0" * 64,
        "gk_0011223344556677",
    ],
)
def test_foreign_key_is_refused_through_every_door(tmp_path: Path, key: str) -> None:
    with serving(tmp_path) as served:
        with pytest.raises(openai.AuthenticationError):
            call_openai(served, key=key)
        with pytest.raises(anthropic.AuthenticationError):
            call_anthropic(served, key=key)
        bearer = anthropic.Anthropic(base_url=served.url, auth_token=key, api_key=None, max_retries=0)
        with bearer, pytest.raises(anthropic.AuthenticationError):
            bearer.messages.create(model="claude", max_tokens=5, messages=HELLO)
        assert served.pipeline.calls == []


def test_bearer_token_of_ours_is_good_for_the_anthropic_sdk(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        client = anthropic.Anthropic(base_url=served.url, auth_token=served.key, api_key=None, max_retries=0)
        with client:
            client.messages.create(model="claude", max_tokens=5, messages=HELLO)
            client.beta.messages.create(model="claude", max_tokens=5, messages=HELLO, betas=["simulated-2026-01-01"])
        plain, beta = served.pipeline.calls
        assert ("anthropic-beta", "simulated-2026-01-01") in beta.headers
        assert {name for name, _ in plain.headers} == {"anthropic-version"}


def test_both_sdks_list_and_fetch_models(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.key) as client:
            assert [model.id for model in client.models.list()] == ["gpt-5.5", "anthropic/claude-opus"]
            assert client.models.retrieve("gpt-5.5").owned_by == "simulated-us"
            with pytest.raises(openai.NotFoundError):
                client.models.retrieve("unheard-of")
        with anthropic.Anthropic(base_url=served.url, api_key=served.key) as other:
            assert [model.display_name for model in other.models.list()] == ["GPT 5.5", "Claude Opus"]
            assert other.models.retrieve("gpt-5.5").created_at.year == 1970
