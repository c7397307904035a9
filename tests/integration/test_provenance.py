"""An in-house answer says where it came from, and its audit entry stores it; others claim nothing."""

from __future__ import annotations

import pytest

from tests.fakes.answers import openai_answer
from tests.fakes.upstream import whole
from tests.integration.composition import INHOUSE, OPENAI, Gateway
from tests.integration.running import base, gateway, upstreams

__all__ = ["base", "gateway", "upstreams"]

STATED = '{"root":"0123abcd","signer":"the project","canaries":"holds"}'
CASES = {
    "in-house": (INHOUSE, "minimax-m3", STATED, STATED, STATED),
    "in-house, of another form": (INHOUSE, "minimax-m3", "<b>text</b>", "malformed", None),
    "in-house, nothing stated": (INHOUSE, "minimax-m3", "", "", None),
    "a closed API": (OPENAI, "gpt-5.5", STATED, "", None),
}


@pytest.mark.parametrize(("destination", "model", "stated", "recorded", "shown"), CASES.values(), ids=CASES)
async def test_provenance_is_shown_and_recorded(
    gateway: Gateway, destination: str, model: str, stated: str, recorded: str, shown: str | None
) -> None:
    headers = (("x-model-provenance", stated),) if stated else ()
    level = {"x-gateway-level": "restricted" if destination == INHOUSE else "public"}
    gateway.upstreams[destination].default = whole(openai_answer("Good."), headers=headers)
    answer = await gateway.openai().chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": "Hello."}], extra_headers=level
    )
    assert answer.headers.get("x-model-provenance") == shown
    outcome = (await gateway.records_once("outcome", 1))[0]
    assert (outcome["destination"], outcome["provenance"]) == (destination, recorded)
