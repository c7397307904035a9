from __future__ import annotations

import json

import pytest

from gateway.redact.note import NOTE
from gateway.redact.redactor import build_redactor
from routers.types import Dialect
from tests.unit.gateway.redact.made import EMAIL, KEY, OBLIGATIONS, call, chat, findings, identity

BLOCK = {"type": "text", "text": "s"}


def noted(body: dict[str, object], dialect: Dialect, *, note: bool = True) -> dict[str, object]:
    made = call(body, dialect)
    sent: dict[str, object] = json.loads(
        build_redactor(KEY, note=note).redact(made, identity(), findings(made), OBLIGATIONS).body
    )
    return sent


def test_the_note_is_off_unless_asked_for_and_absent_without_placeholders() -> None:
    assert NOTE not in json.dumps(noted(chat(EMAIL), Dialect.OPENAI_CHAT, note=False))
    assert noted(chat("nothing"), Dialect.OPENAI_CHAT) == chat("nothing")


@pytest.mark.parametrize(
    ("dialect", "more", "name", "expected"),
    [
        (Dialect.ANTHROPIC_MESSAGES, {}, "system", NOTE),
        (Dialect.ANTHROPIC_MESSAGES, {"system": "s"}, "system", f"{NOTE}\n\ns"),
        (Dialect.ANTHROPIC_MESSAGES, {"system": [BLOCK]}, "system", [{"type": "text", "text": NOTE}, BLOCK]),
        (Dialect.ANTHROPIC_COUNT_TOKENS, {"system": []}, "system", [{"type": "text", "text": NOTE}]),
        (Dialect.OPENAI_RESPONSES, {"instructions": "s"}, "instructions", f"{NOTE}\n\ns"),
        (Dialect.OPENAI_RESPONSES, {"instructions": None}, "instructions", None),
        (Dialect.OPENAI_EMBEDDINGS, {}, "system", None),
    ],
)
def test_the_note_stands_where_the_dialect_has_instructions(
    dialect: Dialect, more: dict[str, object], name: str, expected: object
) -> None:
    sent = noted(chat(f"I am {EMAIL}") | more, dialect)
    assert sent.get(name) == expected


def test_the_note_is_the_first_message_of_a_chat_and_the_same_in_every_turn() -> None:
    first, later = (noted(chat(*turns), Dialect.OPENAI_CHAT) for turns in ([EMAIL], [EMAIL, "x", "y"]))
    assert first["messages"][0] == later["messages"][0] == {"role": "system", "content": NOTE}  # type: ignore[index]  # parsed JSON
    assert first["messages"][1] == later["messages"][1]  # type: ignore[index]  # parsed JSON
