"""The scenario is what it says it is."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest

from gateway.demo import samples
from gateway.demo.cases import ANTHROPIC, INHOUSE, MINIMAX, OPENAI, Case, Revocation, Sdk
from gateway.demo.scenario import EVERYBODY, REVOKED_MODEL, SCENARIO
from selfhost.nano import NAME

CASES = [step for step in SCENARIO if isinstance(step, Case)]
CATALOGUE = Path(__file__).parents[4] / "policies" / "catalog" / "demo.json"
PARTS = [(case, case.ask) for case in CASES]


def test_names_are_unique_and_every_reference_points_back() -> None:
    names: list[str] = []
    for case, ask in PARTS:
        assert case.name not in names
        assert all(name in names for name in (ask.follows, ask.borrows) if name)
        assert ask.who in EVERYBODY
        names.append(case.name)


@pytest.mark.parametrize("sdk", list(Sdk))
@pytest.mark.parametrize("streamed", [False, True])
def test_every_way_of_asking_restores_something(sdk: Sdk, streamed: bool) -> None:
    asked = [case for case, ask in PARTS if (ask.sdk, ask.streamed) == (sdk, streamed)]
    assert any(case.expect.masked and (case.expect.restored or case.expect.in_arguments) for case in asked)


def test_every_destination_is_used_and_in_both_dialects_where_it_speaks_one() -> None:
    reached = {(case.expect.destination, ask.sdk) for case, ask in PARTS}
    both = [(name, sdk) for name in (ANTHROPIC, OPENAI, INHOUSE) for sdk in Sdk]
    assert {*both, (MINIMAX, Sdk.OPENAI)} <= reached


def test_model_is_withdrawn_half_way_and_asked_for_before_and_after() -> None:
    place = next(number for number, step in enumerate(SCENARIO) if isinstance(step, Revocation))
    before, after = SCENARIO[:place], SCENARIO[place + 1 :]
    for part in (before, after):
        assert sum(isinstance(step, Case) and step.ask.model == REVOKED_MODEL for step in part) >= 2
    first = after[0]
    assert isinstance(first, Case)
    assert first.expect.failed_over_from == (ANTHROPIC,)


def test_secrets_of_a_case_are_in_what_it_asks_or_in_what_it_must_not_learn() -> None:
    for case, ask in PARTS:
        said = f"{ask.text} {ask.system} {ask.tool_result}"
        assert all(secret in said or secret in case.expect.absent for secret in case.secrets), case.name


def luhn(number: str) -> int:
    digits = [int(each) for each in reversed(number.replace(" ", ""))]
    return sum(d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(digits)) % 10


def test_samples_pass_the_checksums_of_their_kind() -> None:
    assert luhn(samples.CARD) == 0
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(int(d) * w for d, w in zip(samples.CN_RESIDENT_ID, weights, strict=False))
    assert samples.CN_RESIDENT_ID[17] == "10X98765432"[total % 11]


def test_samples_are_nobodys() -> None:
    assert samples.EMAIL.endswith("@example.com")
    assert samples.OTHER_EMAIL.endswith("@example.org")
    assert "555-01" in samples.PHONE
    assert samples.AWS_KEY_ID.endswith("EXAMPLE")


def test_image_is_a_png() -> None:
    png = samples.tiny_png()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    rows = png[png.index(b"IDAT") + 4 :]
    assert len(zlib.decompressobj().decompress(rows)) == height * (width + 1)


def test_catalogue_asks_the_generator_for_the_model_it_offers() -> None:
    catalogue = json.loads(CATALOGUE.read_text("utf-8"))
    asked = {
        each["model"] for model in catalogue["models"].values() for each in model if each["destination"] == INHOUSE
    }
    assert asked == {NAME}


def test_catalogue_offers_every_model_of_the_scenario_but_the_unknown_one() -> None:
    catalogue = json.loads(CATALOGUE.read_text("utf-8"))
    assert {ask.model for _, ask in PARTS} - set(catalogue["models"]) == {"gpt-9"}
