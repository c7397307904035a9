"""Which tool a streamed call is of, however its name is told: nothing is put back for a tool that may not have it."""

from __future__ import annotations

import json

import pytest

from gateway.errors import RestoreFailed
from gateway.types import Category, Obligations
from tests.unit.gateway.redact.made import EMAIL, call, chat, findings, redact
from tests.unit.gateway.redact.streams import CHAT, sse

WITHHELD = "post_publicly"
DUTY = Obligations(mask=frozenset({Category.PII_DIRECT}), withheld_tools=frozenset({WITHHELD}))


def said(*calls: tuple[str, str, str], index: int = 0) -> list[bytes]:
    """A stream of one choice: for each piece the call's id, its name and its arguments; what is empty is not told."""
    events = []
    for name, of, arguments in calls:
        function = {"name": of, "arguments": arguments}
        told = {"index": index, "id": name, "function": {key: text for key, text in function.items() if text}}
        tool = {key: value for key, value in told.items() if value != ""}
        events.append(sse({"id": "x", "choices": [{"index": 0, "delta": {"tool_calls": [tool]}}]}))
    return events


def shown(*calls: tuple[str, str, str]) -> str:
    """What the caller reads of the arguments, where `TOKEN` stands for what the model was shown of the address."""
    made = call(chat(EMAIL), CHAT)
    sealed = redact(made, findings(made), obligations=DUTY)
    token = sealed.issued[0].token
    restorer = sealed.restorer.stream(CHAT)
    filled = ((name, of, arguments.replace("TOKEN", token)) for name, of, arguments in calls)
    answer = (b"".join(restorer.feed(event) for event in said(*filled)) + restorer.finish()).decode()
    read = ""
    for line in answer.split("\n"):
        if line.startswith("data: "):
            for tool in json.loads(line[6:])["choices"][0]["delta"]["tool_calls"]:
                read += tool.get("function", {}).get("arguments", "")
    return read.replace(token, "TOKEN")


TO = '{"to":"TOKEN"}'
BACK = TO.replace("TOKEN", EMAIL)


@pytest.mark.parametrize(
    "calls",
    {
        "whole": [("c", WITHHELD, ""), ("", "", TO)],
        "with its arguments": [("c", WITHHELD, TO)],
        "in two pieces": [("c", "post_", ""), ("", "publicly", TO)],
        "in three pieces": [("c", "post", ""), ("", "_pub", ""), ("", "licly", ""), ("", "", TO)],
        "in place of another": [("c", "send", ""), ("c", WITHHELD, TO)],
        "in place of another, in pieces": [("c", "send", ""), ("c", "post_", ""), ("c", "publicly", ""), ("", "", TO)],
        "under a number that was used": [("c", "send", "{}"), ("d", WITHHELD, ""), ("", "", TO)],
        "not at all": [("c", "", TO)],
        "in more pieces than a name has": [("c", "a", "")] * 40 + [("", "", TO)],
    }.items(),
    ids=lambda case: case[0],
)
def test_a_withheld_tool_is_known_however_it_is_named(calls: tuple[str, list[tuple[str, str, str]]]) -> None:
    assert shown(*calls[1]).removeprefix("{}") == TO


@pytest.mark.parametrize(
    "calls",
    {
        "whole": [("c", "send", ""), ("", "", TO)],
        "told with every piece": [("c", "send", '{"to":'), ("c", "send", '"TOKEN"'), ("c", "send", "}")],
        "in pieces": [("c", "se", ""), ("", "nd", TO)],
        "like a withheld one with more behind": [("c", "post_publicly_later", TO)],
        "like the beginning of a withheld one": [("c", "post", TO)],
    }.items(),
    ids=lambda case: case[0],
)
def test_any_other_tool_gets_the_value(calls: tuple[str, list[tuple[str, str, str]]]) -> None:
    assert shown(*calls[1]) == BACK


def test_a_further_call_under_the_same_number_may_be_of_any_tool() -> None:
    assert shown(("c", "send", TO), ("d", WITHHELD, TO)) == BACK + TO
    assert shown(("c", "send", TO), ("d", "send", TO)) == BACK + BACK


@pytest.mark.parametrize(
    "calls",
    [
        [("c", "send", TO), ("c", WITHHELD, "")],
        [("c", "post_", TO), ("c", "publicly", "")],
        [("c", "post_", TO), ("", "publicly", "")],
        [("c", "post_", TO), ("d", "publicly", "")],
        [("c", "send", TO), ("", WITHHELD, "")],
    ],
)
def test_an_answer_that_names_a_tool_after_its_arguments_is_broken_off(calls: list[tuple[str, str, str]]) -> None:
    with pytest.raises(RestoreFailed):
        shown(*calls)
