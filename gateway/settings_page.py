"""The reference page of the settings, made from `gateway.settings` so that it cannot drift."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from gateway.settings import Settings, UpstreamSettings


def settings_page() -> str:
    """Returns `docs/reference/settings.md`."""
    rows = [*_rows("", Settings.model_fields), *_rows("upstreams.<destination>.", UpstreamSettings.model_fields)]
    return "\n".join(
        [
            "# Settings",
            "",
            "A TOML file (`gateway serve --config FILE`); a variable `GATEWAY_<SECTION>__<FIELD>` wins over it. An",
            "unknown key is an error. This page is generated from `gateway/settings.py` by `scripts/reference`.",
            "",
            "| setting | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _rows(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    for name, field in fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _rows(f"{prefix}{name}.", annotation.model_fields)
        else:
            yield f"| `{prefix}{name}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr) or value is None or value in ({}, ()):
        return "none"
    return f"`{','.join(value) if isinstance(value, tuple) else value}`"
