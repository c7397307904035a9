"""Recall and precision on made credentials and on texts that only look like some."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.secrets import SecretDetector
from gateway.classify.secrets.formats import FORMATS
from gateway.classify.secrets.neighbours import USER_TYPE
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.secrets.made_formats import label_of, made
from tests.unit.gateway.classify.secrets.made_near_misses import NEAR_MISSES
from tests.unit.gateway.classify.secrets.made_values import Sample, negatives, positives

DETECTOR = SecretDetector()
SHADOW = Shadow()
BUDGET = Budget(1.0, lambda: 0.0)
PLACES = ("{v}", "use {v} please", "KEY={v}\n", '"{v}",', "the token is {v}.", "`{v}`", 'curl -H "X: {v}"', "({v})")
LABELLED = ("{n}={v}", '{n}: "{v}"', '"{n}": "{v}"', "export {n}='{v}'", "{n} = {v}\nnext", 'const {n} = "{v}";')


def spans_of(text: str) -> list[Span]:
    return [span for span in DETECTOR.detect(Passage.of(text, SHADOW), BUDGET) if span.type != USER_TYPE]


def is_found(sample: Sample) -> bool:
    return any(sample.text[span.start : span.end] == sample.value for span in spans_of(sample.text))


def recall(samples: Sequence[Sample]) -> float:
    return sum(map(is_found, samples)) / len(samples)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_values_beside_words_are_found_and_harmless_texts_are_not(seed: int) -> None:
    rng = random.Random(seed)
    passwords, keys = positives(rng, 5)
    wrong = sum(bool(spans_of(sample.text)) for sample in negatives(rng, 3))
    assert recall(keys) >= 0.95
    assert recall(passwords) >= 0.90
    right = recall(keys) * len(keys) + recall(passwords) * len(passwords)
    assert right / (right + wrong) >= 0.9


@pytest.mark.parametrize("kind", NEAR_MISSES)
def test_near_misses_are_no_credentials(kind: str) -> None:
    rng = random.Random(kind)
    texts = [NEAR_MISSES[kind](rng) for _ in range(100)]
    assert sum(bool(spans_of(text)) for text in texts) <= 1


def test_every_documented_format_is_found_whole() -> None:
    rng = random.Random(7)
    missed: dict[str, int] = {}
    for row in FORMATS:
        for _ in range(6):
            value = made(row, rng)
            place = rng.choice(LABELLED if row.label else PLACES)
            text = place.format(v=value, n=label_of(row, rng) if row.label else "")
            if not is_found(Sample(text, value)):
                missed[row.type] = missed.get(row.type, 0) + 1
    assert sum(missed.values()) <= 0.01 * 6 * len(FORMATS)
    assert max(missed.values(), default=0) <= 3


def test_the_table_has_two_hundred_formats_with_sources() -> None:
    assert len({row.type for row in FORMATS}) >= 200
    assert all(row.source.startswith("https://") for row in FORMATS)
    assert all(row.type.startswith("SECRET_") for row in FORMATS)


def test_ordinary_code_holds_no_credentials() -> None:
    import argparse
    import http.client
    import inspect
    import smtplib
    import ssl

    text = "".join(inspect.getsource(module) for module in (argparse, http.client, smtplib, ssl))
    assert len(spans_of(text)) <= 0.1 * len(text) / 1000


@pytest.mark.parametrize(
    "shape",
    ["password=", "password: '", "token:", "eyJ", "-----BEGIN PRIVATE KEY-----", "api_key = \"", "a://b:c", "AKIA", "<password>", "sk-", "密码：", "1-", "a1b2c3d4", "server=;", "cookie: ", "<RSAKeyValue>", '"kty":"RSA"'],
)  # fmt: skip
def test_hostile_shapes_cost_in_proportion_to_their_length(shape: str) -> None:
    import time

    def cost_s(size: int) -> float:
        passage = Passage.of((shape * size)[:size], SHADOW)
        begun_s = time.process_time()
        list(DETECTOR.detect(passage, BUDGET))
        return time.process_time() - begun_s

    cost_s(5_000)
    assert cost_s(200_000) < 1.0
