"""Calls, findings and streams made for the redaction tests. All personal data here is invented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from gateway.redact.redactor import SealedBody, build_redactor
from gateway.types import (
    AppId,
    Call,
    Category,
    Classification,
    Finding,
    Identity,
    KeyId,
    Labels,
    Level,
    Obligations,
    PrincipalClass,
    RequestId,
    TenantId,
)
from routers.types import Dialect
from routers.wire.json_leaves import read_object

KEY = bytes(range(32))
EMAIL, PHONE, NAME, SECRET = "ann@example.com", "415 555 0123", "Ann Example", "AKIAEXAMPLEEXAMPLE77"
TYPES = {
    EMAIL: ("EMAIL_ADDRESS", Category.PII_DIRECT),
    PHONE: ("PHONE_NUMBER", Category.PII_DIRECT),
    EMAIL.title(): ("EMAIL_ADDRESS", Category.PII_DIRECT),
    NAME: ("PERSON", Category.PII_DIRECT),
    SECRET: ("SECRET_AWS_ACCESS_KEY", Category.CREDENTIAL),
}
OBLIGATIONS = Obligations(mask=frozenset({Category.PII_DIRECT}), drop=frozenset({Category.CREDENTIAL}))


def identity(tenant: str = "acme") -> Identity:
    return Identity(
        KeyId("k1"), TenantId(tenant), AppId("app"), PrincipalClass.EMPLOYEE, Level.INTERNAL, frozenset(), frozenset()
    )


def call(
    body: Mapping[str, object] | bytes, dialect: Dialect = Dialect.OPENAI_CHAT, conversation: str | None = None
) -> Call:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    _, leaves = read_object(raw, max_depth=64, max_leaves=100_000)
    nothing: frozenset[str] = frozenset()
    return Call(RequestId("r1"), 0, dialect, "m", False, raw, leaves, (), nothing, conversation=conversation)


def findings(of: Call, values: Iterable[str] | None = None) -> Classification:
    found = []
    for index, leaf in enumerate(of.leaves):
        for value in TYPES if values is None else values:
            kind, category = TYPES.get(value, ("PERSON", Category.PII_DIRECT))
            start = leaf.text.find(value)
            while start >= 0:
                found.append(Finding(index, start, start + len(value), kind, category, 900, "test"))
                start = leaf.text.find(value, start + 1)
    return classification(*found)


def classification(*found: Finding) -> Classification:
    return Classification(tuple(found), Labels(Level.CONFIDENTIAL, frozenset()))


def redact(
    of: Call, content: Classification | None = None, tenant: str = "acme", obligations: Obligations = OBLIGATIONS
) -> SealedBody:
    return build_redactor(KEY).redact(of, identity(tenant), content or findings(of), obligations)


def chat(*texts: str, **more: object) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": text} for text in texts], **more}


def texts(sealed: SealedBody) -> list[str]:
    return [message["content"] for message in json.loads(sealed.body)["messages"]]
