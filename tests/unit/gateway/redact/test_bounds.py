"""Bad input stays linear: CPU time, which other work on the machine does not change much."""

from __future__ import annotations

import time

import pytest

from gateway.redact.placeholders import TOKEN
from gateway.types import Category, Finding, Obligations, Strategy
from tests.unit.gateway.redact.made import EMAIL, call, chat, classification, findings, redact
from tests.unit.gateway.redact.streams import CHAT, streamed, whole

PII = frozenset({Category.PII_DIRECT})
SURROGATE = Obligations(mask=PII, strategies={"EMAIL_ADDRESS": Strategy.SURROGATE})
SHAPES = ["[", "]", "%5B", "\\", "&", "[[EMAIL_", "[a ", "[[ A ", "u1 ", "u@pii.invalid.", "0", "x", "&#91;", "\\u005b"]
SIZE, MOST_S = 200_000, 3.0


@pytest.mark.parametrize("shape", SHAPES)
def test_200_kb_of_one_shape_are_masked_and_restored_in_time(shape: str) -> None:
    text = (shape * SIZE)[:SIZE]
    made = call(chat(EMAIL, text))
    content = findings(made, [EMAIL])
    begun = time.process_time()
    sealed = redact(made, content, obligations=SURROGATE)
    sealed.restorer.whole(whole(CHAT, text, source=False))
    restorer = sealed.restorer.stream(CHAT)
    for event in streamed(CHAT, [text[at : at + 400] for at in range(0, SIZE, 400)], source=False):
        restorer.feed(event)
    restorer.finish()
    assert time.process_time() - begun < MOST_S


def test_ten_thousand_findings_are_masked_in_time() -> None:
    values = [f"p{number:05}@example.com" for number in range(10_000)]
    text = " ".join(values)
    made = call(chat(text))
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    step = len(values[0]) + 1
    found = [
        Finding(index, step * place, step * place + step - 1, "EMAIL_ADDRESS", Category.PII_DIRECT, 900, "t")
        for place in range(len(values))
    ]
    begun = time.process_time()
    sealed = redact(made, classification(*found))
    assert time.process_time() - begun < MOST_S
    assert len(set(TOKEN.findall(sealed.body.decode()))) == len(values)
