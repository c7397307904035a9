"""The input document: canonical, closed, and nothing of the request but enumerations."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

import jsonschema
import pytest

from gateway.policy.question import digest, document, question_for, violations
from gateway.types import (
    AppId,
    Call,
    Category,
    Classification,
    Identity,
    KeyId,
    Labels,
    Level,
    Persons,
    PrincipalClass,
    Question,
    RequestId,
    Role,
    Sight,
    TenantId,
)
from routers.catalog import CAPABILITIES
from routers.types import Access, DestinationId, Dialect
from tests.unit.gateway.policy.samples import HARMLESS, POLICIES

SCHEMA = json.loads((POLICIES / "schemas" / "question.json").read_text())

IDENTITY = Identity(
    KeyId("k1"),
    TenantId("t"),
    AppId("a"),
    PrincipalClass.SERVICE,
    Level.RESTRICTED,
    frozenset({"general"}),
    frozenset({Role.CALL}),
)
CALL = Call(
    request_id=RequestId("r1"),
    received_ms=0,
    dialect=Dialect.OPENAI_CHAT,
    model="auto",
    stream=True,
    body=b"{}",
    leaves=(),
    headers=(),
    features=frozenset({"tools", "stream"}),
)


def test_a_question_is_made_of_enumerations_in_a_fixed_order() -> None:
    question = question_for(
        identity=IDENTITY,
        call=CALL,
        sight=Sight(
            Classification(
                (), Labels(Level.CONFIDENTIAL, frozenset({Category.PII_DIRECT, Category.GOV_ID})), persons=Persons.FEW
            ),
            Labels(Level.REGULATED, frozenset(Category)),
            bulk=("health.50",),
        ),
        purpose="general",
        destination=DestinationId("openai-us"),
        access=Access.ACTIVE,
        now_ms=1_795_305_599_999,
    )

    assert question == Question(
        "service",
        3,
        2,
        ("gov_id", "pii.direct"),
        ("stream", "tools"),
        "general",
        DestinationId("openai-us"),
        "active",
        "2026-11-21",
        "few",
        ("health.50",),
    )
    assert violations(question) == ()


def test_the_order_of_a_set_does_not_change_the_digest() -> None:
    one = replace(HARMLESS, categories=("phi", "cui"), features=("tools", "stream"))
    other = replace(HARMLESS, categories=("cui", "phi"), features=("stream", "tools"))

    assert digest(one) == digest(other)
    assert digest(one) != digest(HARMLESS)


def test_the_schema_asks_for_exactly_the_fields_of_a_question() -> None:
    names = {field.name for field in fields(Question)}

    assert set(SCHEMA["required"]) == names == set(SCHEMA["properties"])
    assert SCHEMA["additionalProperties"] is False
    assert set(document(HARMLESS)) == {"question"}


def test_the_schema_lists_the_same_words_as_the_code() -> None:
    properties = SCHEMA["properties"]

    assert set(properties["categories"]["items"]["enum"]) == {str(category) for category in Category}
    assert set(properties["features"]["items"]["enum"]) == CAPABILITIES
    assert set(properties["access"]["enum"]) == {str(access) for access in Access}
    assert set(properties["persons"]["enum"]) == {str(persons) for persons in Persons}
    assert set(properties["principal_class"]["enum"]) == {str(kind) for kind in PrincipalClass}


BROKEN = [
    ("principal_class", "boss"),
    ("principal_class", None),
    ("clearance", 5),
    ("clearance", -1),
    ("clearance", "4"),
    ("clearance", True),
    ("level", 5),
    ("level", 1.5),
    ("level", None),
    ("categories", ("gossip",)),
    ("categories", ("phi", "phi")),
    ("categories", "phi"),
    ("features", ("telepathy",)),
    ("persons", "several"),
    ("persons", None),
    ("bulk", ("gossip.0",)),
    ("bulk", ("health.0", "health.0")),
    ("bulk", ("health.81",)),
    ("bulk", "health.0"),
    ("features", None),
    ("purpose", ""),
    ("purpose", "Has Capitals"),
    ("purpose", "x" * 65),
    ("destination", ""),
    ("destination", "../etc"),
    ("access", "ACTIVE"),
    ("access", None),
    ("day", "2026-13-01"),
    ("day", "2026-02-30"),
    ("day", "20261121"),
    ("day", "today"),
    ("day", None),
]


@pytest.mark.parametrize(("field", "value"), BROKEN)
def test_a_broken_field_is_named_and_the_schema_agrees(field: str, value: object) -> None:
    question = replace(HARMLESS, **{field: value})  # type: ignore[arg-type]
    plain = {name: list(item) if isinstance(item, tuple) else item for name, item in asdict(question).items()}
    schema = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker(["date"]))

    assert violations(question) == (field,)
    assert not schema.is_valid(plain)


def test_a_trailing_line_end_is_not_overlooked() -> None:
    assert violations(replace(HARMLESS, purpose="general\n")) == ("purpose",)
    assert violations(replace(HARMLESS, day="2026-11-21\n")) == ("day",)
