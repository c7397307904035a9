"""Credentials however a text lays them out: found, and no end of them left unmasked."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage
from gateway.classify.secrets import SecretDetector
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.cost import least_cpu_s
from tests.unit.gateway.classify.secrets.laid_out_texts import (
    ADDRESS_PASSWORDS,
    ADDRESSES,
    JWT_LAYOUTS,
    KEY_LAYOUTS,
    PASSWORD,
    PASSWORD_LAYOUTS,
    TOKEN_LAYOUTS,
    TOKENS,
)

DETECTOR = SecretDetector()
SHADOW = Shadow()


def left(classifier: CallClassifier, text: str, pieces: Sequence[str]) -> list[str]:
    """Returns what of the pieces no credential covers."""
    findings = [each for each in classifier.read_text(text).findings if each.type.startswith("SECRET_")]
    covered = {place for each in findings for place in range(each.start, each.end)}
    at, bare = 0, []
    for piece in pieces:
        begin = text.index(piece, at)
        at = begin + len(piece)
        bare.append("".join(text[place] for place in range(begin, at) if place not in covered))
    return [each for each in bare if each]


@pytest.mark.parametrize("layout", TOKEN_LAYOUTS)
def test_a_token_is_covered_however_it_is_laid_out(forgetful: CallClassifier, layout: str) -> None:
    bare = {name: left(forgetful, *TOKEN_LAYOUTS[layout](value)) for name, value in TOKENS.items()}
    assert {name: rest for name, rest in bare.items() if rest} == {}


@pytest.mark.parametrize("layout", KEY_LAYOUTS)
def test_a_private_key_is_covered_however_it_is_laid_out(forgetful: CallClassifier, layout: str) -> None:
    assert left(forgetful, *KEY_LAYOUTS[layout]) == []


@pytest.mark.parametrize("layout", JWT_LAYOUTS)
def test_a_web_token_is_covered_however_it_is_laid_out(forgetful: CallClassifier, layout: str) -> None:
    assert left(forgetful, *JWT_LAYOUTS[layout]) == []


@pytest.mark.parametrize("layout", PASSWORD_LAYOUTS)
def test_a_password_is_covered_wherever_it_stands(forgetful: CallClassifier, layout: str) -> None:
    assert left(forgetful, layout.format(v=PASSWORD), [PASSWORD]) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_passwords_in_addresses_are_covered_encoded_or_not(forgetful: CallClassifier, address: str) -> None:
    bare = {value: left(forgetful, f"url={address.format(v=value)} end", [value]) for value in ADDRESS_PASSWORDS}
    assert {value: rest for value, rest in bare.items() if rest} == {}


@pytest.mark.parametrize(
    "text",
    [
        "password:\n  minLength: 12\n",
        "token:\n    type: string\n    example: abc\n",
        "JWT_SECRET=null\nSESSION_TTL=8142\n",
        "secret: >\n  The secret of good writing is rewriting.\n",
        '{"name": "token_count", "value": "1532"}',
        "key_name_of_the_first\nkey_name_of_the_second_2\n",
        'password = """Asks for it."""',
        "pip install \\\n    --hash=sha256:abc \\\n    other",
        "the string -----END PRIVATE KEY----- closes a key",
        "PWD={db_password};",
        "http://localhost:3000/@scope/package",
    ],
)
def test_lay_outs_without_a_credential_hold_none(text: str) -> None:
    assert [text[s.start : s.end] for s in DETECTOR.detect(Passage.of(text, SHADOW), Budget(1.0, lambda: 0.0))] == []


@pytest.mark.parametrize(
    "shape",
    ["a\\\n", "abcdefgh1\n", '"' + " " * 50, '"a" + \\\n', ":|\n a", "a,value:", '="""a', "A" * 76 + "\n", "MIIabcIBAAKC" + "A" * 20 + "\n", "-----BEGIN PRIVATE KEY-----\n", "ghp_abcdefgh\\\n", "postgres://a:b/"],
)  # fmt: skip
def test_hostile_lay_outs_cost_in_proportion_to_their_length(shape: str) -> None:
    text = (shape * 200_000)[:200_000]
    assert least_cpu_s(lambda: list(DETECTOR.detect(Passage.of(text, SHADOW), Budget(1.0, lambda: 0.0)))) < 1.0
