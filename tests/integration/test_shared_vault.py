"""A fleet: what one gateway masked, another one restores, because both keep stored state in one Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from gateway.app import Prepared
from tests.fakes.upstream import ScriptedUpstream, whole
from tests.integration.composition import OPENAI, gateway_at
from tests.integration.test_stored_state import EMAIL, OTHER, TEXT, keeping
from tests.unit.gateway.vault.conftest import DURABLE, Server, server


@pytest.fixture(name="store", scope="module")
def _store() -> Iterator[Server]:
    with server(*DURABLE) as found:
        yield found


async def test_a_conversation_goes_on_at_another_gateway_and_ends_for_both(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], store: Server
) -> None:
    told: list[str] = []
    upstreams[OPENAI].default = keeping(told)
    shared = {"redis_url": store.url}
    async with (
        gateway_at(tmp_path / "one", base, upstreams, vault=shared) as one,
        gateway_at(tmp_path / "two", base, upstreams, vault=shared) as two,
    ):
        first = await one.openai().responses.create(model="gpt-5.5", input=TEXT)
        second = await two.openai().responses.create(
            model="gpt-5.5", input=f"And {OTHER} with {EMAIL}?", previous_response_id=first.id
        )
        assert second.output_text == f"{TEXT} And {OTHER} with {EMAIL}?"
        assert not [text for text in told if EMAIL in text or OTHER in text]
        upstreams[OPENAI].default = whole(b'{"id":"resp_1","object":"response","deleted":true}')
        await one.openai().responses.delete(first.id)
        with pytest.raises(openai.NotFoundError):
            await two.openai().responses.create(model="gpt-5.5", input="more", previous_response_id=second.id)
    assert not (tmp_path / "one" / "vault.db").exists()


async def test_a_gateway_whose_store_is_gone_shows_no_id_that_it_could_not_keep(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    upstreams[OPENAI].default = keeping([])
    with server(*DURABLE) as store:
        async with gateway_at(tmp_path / "one", base, upstreams, vault={"redis_url": store.url}) as one:
            with store.client() as client:
                client.shutdown(nosave=True)
            answer = await one.ask("/v1/responses", {"model": "gpt-5.5", "input": TEXT})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "vault_unavailable")
    assert "resp_1" not in answer.text
