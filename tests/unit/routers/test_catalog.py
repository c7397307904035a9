"""The catalogue loader: what it reads, and everything it refuses."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from routers.catalog import Catalog, load_catalog, parse_catalog
from routers.errors import CatalogError
from routers.types import Confidence, DestinationId, Dialect, Kind, ModelName

POLICIES = Path(__file__).resolve().parents[3] / "policies"

FACT = {
    "value": "us",
    "source": "example.org",
    "retrieved": "2026-01-01",
    "confidence": "verified",
    "review_by": "2027-01-01",
}
DESTINATION = {
    "id": "closed-us",
    "title": "Example",
    "kind": "closed",
    "simulated": False,
    "dialects": ["openai_chat"],
    "capabilities": ["stream", "tools"],
    "facts": {
        "operator": {**FACT, "value": "Example Ltd"},
        "host_country": FACT,
        "control": FACT,
        "retention_days": {**FACT, "value": 30},
        "trains_on_inputs": {**FACT, "value": False},
    },
    "price": {"input_micro_usd": 1, "output_micro_usd": 2},
}
CATALOG = {
    "version": 1,
    "destinations": [DESTINATION, {**DESTINATION, "id": "other"}],
    "models": {"auto": [{"destination": "other", "model": "m2"}, {"destination": "closed-us", "model": "m1"}]},
}


def changed(path: str, value: object) -> bytes:
    """The catalogue with the value at a dotted path replaced; `...` removes it."""
    document = copy.deepcopy(CATALOG)
    place: object = document
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        place = place[part]  # type: ignore[index]
    if value is ...:
        del place[last]  # type: ignore[attr-defined]
    else:
        place[last] = value  # type: ignore[index]
    return json.dumps(document).encode()


def test_reads_destinations_facts_and_candidates_in_order() -> None:
    catalog = parse_catalog(json.dumps(CATALOG).encode())

    destination = catalog.destinations[DestinationId("closed-us")]
    assert destination.kind is Kind.CLOSED
    assert destination.dialects == {Dialect.OPENAI_CHAT}
    assert destination.facts.retention_days.value == 30
    assert destination.facts.control.confidence is Confidence.VERIFIED
    assert destination.facts.control.review_by == date(2027, 1, 1)
    assert [(t.destination.id, t.model) for t in catalog.models[ModelName("auto")]] == [
        ("other", "m2"),
        ("closed-us", "m1"),
    ]


def test_a_destination_may_name_the_licence_of_its_weights() -> None:
    licensed = parse_catalog(changed("destinations.0.weights", "some-licence"))

    found = [destination.weights for destination in licensed.destinations.values()]
    assert found == ["some-licence", ""]


def test_the_digest_names_the_bytes() -> None:
    content = json.dumps(CATALOG).encode()

    assert parse_catalog(content).digest == parse_catalog(content).digest
    assert parse_catalog(content).digest != parse_catalog(content + b"\n").digest


def test_a_loaded_catalogue_cannot_be_changed() -> None:
    catalog = parse_catalog(json.dumps(CATALOG).encode())

    with pytest.raises(TypeError):
        catalog.models[ModelName("new")] = ()  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("version", True),
        ("version", ...),
        ("surprise", 1),
        ("destinations", []),
        ("destinations", {}),
        ("destinations.0.surprise", 1),
        ("destinations.0.title", ...),
        ("destinations.0.title", "  "),
        ("destinations.0.id", "Has Capitals"),
        ("destinations.0.id", "other"),
        ("destinations.0.kind", "partner"),
        ("destinations.0.weights", ""),
        ("destinations.0.weights", None),
        ("destinations.0.simulated", "no"),
        ("destinations.0.dialects", []),
        ("destinations.0.dialects", ["openai_chat", "openai_chat"]),
        ("destinations.0.dialects", ["telex"]),
        ("destinations.0.capabilities", ["telepathy"]),
        ("destinations.0.capabilities", ["tools", "tools"]),
        ("destinations.0.facts.control", ...),
        ("destinations.0.facts.surprise", FACT),
        ("destinations.0.facts.control", "us"),
        ("destinations.0.facts.control.value", "USA"),
        ("destinations.0.facts.control.source", ""),
        ("destinations.0.facts.control.source", ...),
        ("destinations.0.facts.control.retrieved", "yesterday"),
        ("destinations.0.facts.control.retrieved", "20260101"),
        ("destinations.0.facts.control.review_by", "2025-12-31"),
        ("destinations.0.facts.control.confidence", "sure"),
        ("destinations.0.facts.control.note", "x"),
        ("destinations.0.facts.retention_days.value", -1),
        ("destinations.0.facts.retention_days.value", True),
        ("destinations.0.facts.retention_days.value", "30"),
        ("destinations.0.facts.trains_on_inputs.value", 0),
        ("destinations.0.price.input_micro_usd", 1.5),
        ("destinations.0.price.output_micro_usd", ...),
        ("models", {}),
        ("models", []),
        ("models.auto", []),
        ("models.auto.0.destination", "elsewhere"),
        ("models.auto.0.model", ""),
        ("models.auto.0.weight", 1),
        ("models.auto.1", {"destination": "other", "model": "m2"}),
        ("models.bad name", [{"destination": "other", "model": "m"}]),
    ],
)
def test_refuses_what_is_missing_unknown_duplicate_or_malformed(path: str, value: object) -> None:
    with pytest.raises(CatalogError):
        parse_catalog(changed(path, value))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"version": 1, "version": 1}'])
def test_refuses_what_is_not_one_json_object(content: bytes) -> None:
    with pytest.raises(CatalogError):
        parse_catalog(content)


def test_refuses_a_duplicate_key_deep_inside() -> None:
    text = json.dumps(CATALOG).replace('"kind": "closed"', '"kind": "inhouse", "kind": "closed"', 1)

    with pytest.raises(CatalogError, match="duplicate key"):
        parse_catalog(text.encode())


def test_a_file_that_is_not_there_is_a_catalogue_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        load_catalog(tmp_path / "none.json")


@pytest.fixture(name="shipped", params=["destinations.json", "demo.json"])
def _shipped(request: pytest.FixtureRequest) -> Catalog:
    return load_catalog(POLICIES / "catalog" / request.param)


def test_the_shipped_catalogues_load_and_every_model_that_talks_can_fall_back_in_house(shipped: Catalog) -> None:
    for name, targets in shipped.models.items():
        if not name.startswith("text-embedding-"):
            assert any(target.destination.kind is Kind.INHOUSE for target in targets)


def test_vectors_of_one_model_only_are_offered_under_one_name(shipped: Catalog) -> None:
    targets = shipped.models[ModelName("text-embedding-3-large")]
    assert {target.model for target in targets} == {"text-embedding-3-large"}
    assert all(Dialect.OPENAI_EMBEDDINGS in target.destination.dialects for target in targets)


def test_closed_models_prefer_their_own_maker(shipped: Catalog) -> None:
    for name in ("claude-fable-5", "claude-opus-4.8"):
        first = shipped.models[ModelName(name)][0]
        assert first.destination.dialects == {Dialect.ANTHROPIC_MESSAGES, Dialect.ANTHROPIC_COUNT_TOKENS}
        assert first.destination.kind is Kind.CLOSED


def test_what_is_simulated_says_so() -> None:
    demo = load_catalog(POLICIES / "catalog" / "demo.json")

    simulated = {d.id for d in demo.destinations.values() if d.simulated}
    assert simulated == {"simulated-anthropic", "simulated-openai", "simulated-minimax"}
    for destination in demo.destinations.values():
        assert destination.title.startswith("Simulated ") == destination.simulated
        assert destination.facts.control.source.startswith(
            "simulated" if destination.simulated else "this demonstration"
        )


def test_no_real_destination_is_called_simulated() -> None:
    real = load_catalog(POLICIES / "catalog" / "destinations.json")

    assert len(real.destinations) >= 8
    assert not any(destination.simulated for destination in real.destinations.values())
