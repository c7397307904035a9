"""Wherever a value stands in a request, it does not leave, and the request comes back as it was.

The places are generated from the request types of the official SDKs, and those on which others were measured are named.
"""

from __future__ import annotations

import json

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.redact.redactor import SealedBody
from gateway.settings import ClassifySettings
from gateway.types import Call, Category, Obligations, Strategy
from routers.types import Dialect
from routers.wire import WIRES
from tests.unit.gateway.redact.made import call, findings, redact
from tests.unit.gateway.redact.schemas import SCHEMAS, Json, bodies

WITH_BODIES = [dialect for dialect in WIRES if dialect is not Dialect.OPENAI_STORED]
CANARY = "canary.bird@mine.example.com"
MASKED = Obligations(mask=frozenset({Category.PII_DIRECT}))
SURROGATE = Obligations(
    mask=MASKED.mask, strategies={"PERSON": Strategy.SURROGATE, "EMAIL_ADDRESS": Strategy.SURROGATE}
)
REMOVED = Obligations(drop=MASKED.mask)


@pytest.fixture(scope="module")
def classifier() -> CallClassifier:
    return build_classifier(ClassifySettings())


def leaves_as(made: Call, obligations: Obligations) -> SealedBody:
    return redact(made, findings(made, [CANARY]), obligations=obligations)


@pytest.mark.parametrize("obligations", [MASKED, SURROGATE, REMOVED], ids=["masked", "surrogate", "removed"])
@pytest.mark.parametrize("dialect", WITH_BODIES, ids=lambda dialect: dialect.value)
def test_a_canary_at_any_path_of_the_schema_never_leaves(dialect: Dialect, obligations: Obligations) -> None:
    count = 0
    for schema in SCHEMAS[dialect.value]:
        for body in bodies(schema, CANARY):
            sealed = leaves_as(call(body, dialect), obligations)
            assert b"canary.bird" not in sealed.body, body
            json.loads(sealed.body)
            count += 1
    assert count >= 4


@pytest.mark.parametrize("dialect", WITH_BODIES, ids=lambda dialect: dialect.value)
def test_a_canary_at_any_path_is_found_by_the_classifier(dialect: Dialect, classifier: CallClassifier) -> None:
    for schema in SCHEMAS[dialect.value]:
        for body in bodies(schema, CANARY):
            made = call(body, dialect)
            sealed = redact(made, classifier.read(made), obligations=MASKED)
            assert b"canary.bird" not in sealed.body, body


@pytest.mark.parametrize("dialect", WITH_BODIES, ids=lambda dialect: dialect.value)
def test_a_request_echoed_by_the_destination_comes_back_as_it_was(dialect: Dialect) -> None:
    for schema in SCHEMAS[dialect.value]:
        for body in bodies(schema, CANARY):
            made = call(body, dialect)
            for obligations in (MASKED, SURROGATE):
                sealed = leaves_as(made, obligations)
                if b'"thinking": "' not in made.body and b'"signature": "' not in made.body:
                    assert json.loads(sealed.restorer.whole(sealed.body)[0]) == body


def user(content: object) -> Json:
    return {"model": "m", "messages": [{"role": "user", "content": content}]}


def assistant(**fields: object) -> Json:
    return {"model": "m", "messages": [{"role": "assistant", **fields}]}


def blocks(*content: Json, role: str = "user") -> Json:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": role, "content": list(content)}]}


def items(*content: Json) -> Json:
    return {"model": "m", "input": list(content)}


SAID = f"write to {CANARY}, please"
SOURCE = json.dumps({"to": CANARY})
FUNCTION = {"name": "send", "arguments": SOURCE}
CHAT, MESSAGES = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES
RESPONSES = next((dialect for dialect in WIRES if dialect.value == "openai_responses"), CHAT)
PLACEMENTS: dict[str, tuple[Dialect, Json]] = {
    "chat, assistant's tool call arguments": (CHAT, assistant(tool_calls=[{"id": "c", "function": FUNCTION}])),
    "chat, name of a participant": (
        CHAT,
        {"model": "m", "messages": [{"role": "user", "name": CANARY, "content": "x"}]},
    ),
    "chat, description of a tool": (
        CHAT,
        user("x") | {"tools": [{"type": "function", "function": {"name": "f", "description": SAID}}]},
    ),
    "chat, description in a JSON schema": (
        CHAT,
        user("x") | {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "description": SAID}}},
    ),
    "chat, name of a file": (
        CHAT,
        user(
            [
                {
                    "type": "file",
                    "file": {"filename": f"to {CANARY} again.txt", "file_data": "data:text/plain;base64,eA=="},
                }
            ]
        ),
    ),
    "chat, text": (CHAT, user(SAID)),
    "chat, text part": (CHAT, user([{"type": "text", "text": SAID}])),
    "chat, system": (CHAT, {"model": "m", "messages": [{"role": "system", "content": SAID}]}),
    "chat, tool result": (CHAT, {"model": "m", "messages": [{"role": "tool", "tool_call_id": "c", "content": SAID}]}),
    "messages, input of a tool use": (
        MESSAGES,
        blocks({"type": "tool_use", "id": "t", "name": "f", "input": {"to": [CANARY]}}, role="assistant"),
    ),
    "messages, document with a text source": (
        MESSAGES,
        blocks(
            {"type": "document", "title": "d", "source": {"type": "text", "media_type": "text/plain", "data": SAID}}
        ),
    ),
    "messages, thinking": (
        MESSAGES,
        blocks({"type": "thinking", "thinking": SAID, "signature": "EqQB"}, role="assistant"),
    ),
    "messages, text": (MESSAGES, user(SAID)),
    "messages, system": (MESSAGES, user("x") | {"system": SAID}),
    "messages, system blocks": (MESSAGES, user("x") | {"system": [{"type": "text", "text": SAID}]}),
    "messages, tool result": (MESSAGES, blocks({"type": "tool_result", "tool_use_id": "t", "content": SAID})),
    "messages, tool result blocks": (
        MESSAGES,
        blocks({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": SAID}]}),
    ),
    "responses, arguments of a function call": (
        RESPONSES,
        items({"type": "function_call", "call_id": "c", **FUNCTION}),
    ),
    "responses, input": (RESPONSES, {"model": "m", "input": SAID}),
    "responses, input text": (
        RESPONSES,
        items({"type": "message", "role": "user", "content": [{"type": "input_text", "text": SAID}]}),
    ),
    "responses, instructions": (RESPONSES, {"model": "m", "input": "x", "instructions": SAID}),
    "responses, output of a function call": (
        RESPONSES,
        items({"type": "function_call_output", "call_id": "c", "output": SAID}),
    ),
    "embeddings, text": (Dialect.OPENAI_EMBEDDINGS, {"model": "m", "input": SAID}),
    "embeddings, list": (Dialect.OPENAI_EMBEDDINGS, {"model": "m", "input": ["x", SAID]}),
    "completions, prompt": (Dialect.OPENAI_COMPLETIONS, {"model": "m", "prompt": SAID}),
    "images, prompt (not offered; it would be masked)": (CHAT, {"model": "m", "prompt": SAID}),
}
"""The 26 places on which peers were measured."""
MORE_PLACEMENTS: dict[str, tuple[Dialect, Json]] = {
    "enum, default and examples of a tool's schema": (
        CHAT,
        user("x")
        | {
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "f",
                        "parameters": {
                            "type": "object",
                            "properties": {
                                CANARY: {"enum": [CANARY], "default": CANARY, "examples": [CANARY], "const": CANARY}
                            },
                            "required": [CANARY],
                        },
                    },
                }
            ]
        },
    ),
    "address of an image": (
        CHAT,
        user([{"type": "image_url", "image_url": {"url": f"https://img.example.com/?to={CANARY}"}}]),
    ),
    "stop sequences": (CHAT, user("x") | {"stop": [CANARY]}),
    "metadata, keys and values": (CHAT, user("x") | {"metadata": {CANARY: CANARY}, "user": CANARY}),
    "unknown fields": (CHAT, user("x") | {"x_vendor": [{"deep": {"er": [CANARY]}}], "prediction": {"content": SAID}}),
    "stop sequences of messages": (MESSAGES, user("x") | {"stop_sequences": [SAID], "metadata": {"user_id": CANARY}}),
    "counting tokens": (
        Dialect.ANTHROPIC_COUNT_TOKENS,
        user(SAID) | {"system": SAID, "tools": [{"description": SAID}]},
    ),
}


@pytest.mark.parametrize("place", [*PLACEMENTS, *MORE_PLACEMENTS])
def test_a_value_does_not_leave_from(place: str, classifier: CallClassifier) -> None:
    dialect, body = (PLACEMENTS | MORE_PLACEMENTS)[place]
    made = call(body, dialect)
    assert CANARY.encode() in made.body.replace(b'\\"', b'"')
    sealed = redact(made, classifier.read(made), obligations=MASKED)
    assert b"canary.bird" not in sealed.body
    if "thinking" not in place:
        assert sealed.restorer.whole(sealed.body)[0] == made.body


def test_there_are_26_placements() -> None:
    assert len(PLACEMENTS) == 26


def test_names_that_must_be_identifiers_stay_identifiers() -> None:
    _, body = MORE_PLACEMENTS["enum, default and examples of a tool's schema"]
    made = call(body)
    for obligations in (MASKED, REMOVED):
        function = json.loads(leaves_as(made, obligations).body)["tools"][0]["function"]
        (name,) = function["parameters"]["properties"]
        assert function["parameters"]["required"] == [name]
        assert name.replace("_", "").isalnum()
