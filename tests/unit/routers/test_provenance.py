"""What an in-house destination says of its weights: taken when of the agreed form, and never a channel for text."""

from __future__ import annotations

import json

import pytest

from routers.provenance import HEADER, MALFORMED, provenance_of
from selfhost.attest.canary import Status
from selfhost.attest.provenance import HEADER as STATED
from selfhost.attest.provenance import Provenance, source_digest

GOOD = '{"root":"0123abcd","signer":"the project","canaries":"holds"}'

CASES = {
    "nothing": ("", ""),
    "good": (GOOD, GOOD),
    "no JSON": ("weights", MALFORMED),
    "no object": ('["root"]', MALFORMED),
    "unknown name": ('{"root":"a","text":"b"}', MALFORMED),
    "a number": ('{"root":1}', MALFORMED),
    "nested": ('{"root":{"a":"b"}}', MALFORMED),
    "line break": ('{"root":"a\\nb"}', MALFORMED),
    "beyond ASCII": ('{"signer":"Zoë"}', MALFORMED),
    "markup": ('{"signer":"<script>"}', MALFORMED),
    "long value": (json.dumps({"root": "a" * 101}), MALFORMED),
    "long header": (GOOD + " " * 1024, MALFORMED),
}


@pytest.mark.parametrize(("value", "expected"), CASES.values(), ids=CASES)
def test_only_the_agreed_form_is_taken_as_it_stands(value: str, expected: str) -> None:
    headers = (("content-type", "application/json"), *([(HEADER, value)] if value else []))
    assert provenance_of(headers) == expected


@pytest.mark.parametrize("signer", ["the project, key afdc3e1e", "Zoë <z@example.com>", "", "x" * 500])
def test_what_the_server_states_is_always_of_that_form(signer: str) -> None:
    stated = Provenance("ab" * 32, signer, "selfhost 0.1.0", source_digest("kernels"), "torch", "bfloat16", "x", "y")
    name, value = stated.header(Status.HOLDS)
    assert name == HEADER == STATED
    assert provenance_of(((name, value),)) == value
    assert json.loads(value)["canaries"] == "holds"
    assert len(value) <= 1024


def test_the_digest_of_sources_is_stable_and_tells_packages_apart() -> None:
    assert source_digest("selfhost.attest") == source_digest("selfhost.attest")
    assert source_digest("selfhost.attest") != source_digest("selfhost.plan")
