"""What policy says of masking and of answers, from its data through Rego to the bytes that leave and come back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from gateway.app import Prepared
from tests.fakes.answers import openai_answer, openai_events
from tests.fakes.upstream import Heard, ScriptedUpstream, whole
from tests.integration.composition import OPENAI, Gateway, gateway_at, prepare_base
from tests.promises.echoes import TOKEN, in_chunks
from tests.unit.gateway.standing.made import POLICIES

EMAIL = "dana.whitfield@example.com"
ASKED = [{"role": "user", "content": f"Write to {EMAIL} about the meeting in the harbour."}]
SURROGATE = re.compile(r"[\w.+-]+@[\w.-]+\.invalid")
REDACTION = {
    "strategies": {"EMAIL_ADDRESS": "surrogate"},
    "withheld_tools": ["post_publicly"],
    "answer_drop": ["credential"],
}
KEY = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.fixture(name="strict_base", scope="module")
def _strict_base(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The costly parts with a policy of its own: the shipped one, other data under `redaction`."""
    directory = tmp_path_factory.mktemp("strict")
    policies = directory / "policies"
    shutil.copytree(POLICIES, policies)
    limits = json.loads((policies / "limits" / "data.json").read_text())
    limits["redaction"]["closed"] = REDACTION
    (policies / "limits" / "data.json").write_text(json.dumps(limits))
    policy = {"directory": str(policies), "catalog": "catalog/demo.json"}
    return prepare_base(directory / "state", policy=policy)


@pytest.fixture(name="strict")
async def _strict(
    tmp_path: Path, strict_base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> AsyncIterator[Gateway]:
    async with gateway_at(tmp_path / "state", strict_base, upstreams) as found:
        yield found


def asked(heard: Heard) -> str:
    return str(orjson.loads(heard.body)["messages"][0]["content"])


async def test_an_address_leaves_as_a_surrogate_and_comes_back(strict: Gateway) -> None:
    strict.upstreams[OPENAI].default = lambda heard: whole(openai_answer(asked(heard)))
    answer = await strict.openai().chat.completions.create(model="gpt-5.5", messages=ASKED)  # type: ignore[arg-type]  # plain dicts
    assert answer.choices[0].message.content == ASKED[0]["content"]
    (heard,) = strict.upstreams[OPENAI].heard
    assert EMAIL not in heard.body.decode()
    assert len(SURROGATE.findall(asked(heard))) == 1
    assert not TOKEN.findall(asked(heard))


async def test_an_address_comes_back_in_the_arguments_of_one_tool_and_not_of_the_other(strict: Gateway) -> None:
    for tool, shown in (("send_mail", True), ("post_publicly", False)):

        def call(heard: Heard, tool: str = tool) -> object:
            stand_in = SURROGATE.findall(asked(heard))[0]
            return in_chunks(openai_events(tool=(tool, ('{"to": "', stand_in, '"}'))), 7)

        strict.upstreams[OPENAI].default = call  # type: ignore[assignment]  # a script is a function of what was heard
        stream = await strict.openai().chat.completions.create(model="gpt-5.5", messages=ASKED, stream=True)  # type: ignore[call-overload]  # plain dicts
        pieces = [
            part.function.arguments or ""
            async for chunk in stream
            for choice in chunk.choices
            for part in choice.delta.tool_calls or ()
        ]
        assert (json.loads("".join(pieces))["to"] == EMAIL) is shown
    outcomes = await strict.records_once("outcome", 2)
    assert [(outcome["restored"], outcome["withheld"]) for outcome in outcomes] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_credential_in_an_answer_is_not_shown(strict: Gateway, streamed: bool) -> None:
    pieces = ("Use this: ", KEY[:9], KEY[9:], " and nothing else.")
    script = in_chunks(openai_events(pieces), 11) if streamed else whole(openai_answer("".join(pieces)))
    strict.upstreams[OPENAI].default = script
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}], "stream": streamed}
    answer = await strict.ask("/v1/chat/completions", body)
    assert KEY not in answer.text
    assert "removed:" in answer.text
    assert "nothing else" in answer.text.replace('"', "")
    (outcome,) = await strict.records_once("outcome", 1)
    assert [each["count"] for each in outcome["answer_dropped"]] == [1]  # type: ignore[index,union-attr]  # JSON
