"""The configuration: one frozen object, built once from a TOML file and the environment.

Every field states its unit, default and meaning; an unknown key is an error. Environment variables are named
`GATEWAY_<SECTION>__<FIELD>` and win over the file. Secrets are masked in every repr. `docs/reference/settings.md` is
generated from this module.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.errors import StartupError

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_MIN_SECRET_CHARACTERS = 32
_MIN_SECRET_BITS = 100.0
_KNOWN_WEAK = ("changeme", "change-me", "default", "secret", "password", "example", "sk-1234", "0123456789")


class ServerSettings(BaseModel):
    """Where the gateway listens."""

    model_config = _FROZEN
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 picks a free one")


class StateSettings(BaseModel):
    """Where the embedded stores live."""

    model_config = _FROZEN
    directory: Path = Field(
        Path("state"), description="directory of the SQLite files and the log signing key; mode 0700"
    )


class VaultSettings(BaseModel):
    """What is kept for state that a destination keeps."""

    model_config = _FROZEN
    ttl_days: int = Field(30, ge=1, le=3650, description="days after its last use that stored state is forgotten")
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="a Redis server in which all gateways of a fleet keep stored state, `redis://…`; empty: a file",
    )
    kms_key: str = Field(
        "", description="ARN of an AWS KMS key that wraps data keys, in place of the master; needs the extra `kms`"
    )
    kms_endpoint: str = Field("", description="URL of the key service; empty: the one of the key's region")
    retired_masters: tuple[SecretStr, ...] = Field(
        (), description="earlier master secrets; their state is wrapped anew"
    )


class SecretSettings(BaseModel):
    """The one secret everything else is derived from."""

    model_config = _FROZEN
    master: SecretStr = Field(description="at least 32 random characters; no default; see `derive`")

    @field_validator("master")
    @classmethod
    def _strong(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if len(text) < _MIN_SECRET_CHARACTERS or _entropy_bits(text) < _MIN_SECRET_BITS:
            raise ValueError("too weak: use at least 32 random characters")
        if any(weak in text.lower() for weak in _KNOWN_WEAK):
            raise ValueError("contains a well-known default")
        return value

    def derive(self, purpose: str) -> bytes:
        """Returns a 32-byte key for one purpose: HMAC-SHA256(master, purpose). Different purposes never share a key."""
        return derive_key(self.master, purpose)


def derive_key(master: SecretStr, purpose: str) -> bytes:
    """Returns a 32-byte key for one purpose: HMAC-SHA256(master, purpose)."""
    return hmac.new(master.get_secret_value().encode(), purpose.encode(), hashlib.sha256).digest()


class LimitSettings(BaseModel):
    """Bounds on what a caller may send."""

    model_config = _FROZEN
    body_bytes: int = Field(33_554_432, ge=1024, description="largest request body, bytes")
    depth: int = Field(64, ge=4, le=512, description="deepest nesting of objects and arrays in a body")
    leaves: int = Field(200_000, ge=100, description="most string, key and number leaves in a body")
    body_read_s: float = Field(30.0, gt=0, description="longest wait for a whole request body, seconds")


class LargeNamesSettings(BaseModel):
    """A large model of the operator's own that reads names too, with `classify.names = "crf+large"`."""

    model_config = _FROZEN
    directory: Path | None = Field(
        None, description="a transformers token-classification model: safetensors, configuration and fast tokenizer"
    )
    manifest_sha256: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 of the manifest: `LC_ALL=C sh -c 'cd DIRECTORY && sha256sum -- *' | sha256sum`",
    )
    answer_s: float = Field(5.0, gt=0, le=60, description="longest time for 8 kB of text, seconds")
    memory_mb: int = Field(4096, ge=256, description="memory of the process that holds the model, MB")


class ClassifySettings(BaseModel):
    """What the classifier may spend."""

    model_config = _FROZEN
    languages: tuple[str, ...] = Field(("en",), description="languages of the context words, ISO 639-1")
    countries: tuple[str, ...] = Field(
        ("*",), description="countries whose Presidio recognizers run, ISO 3166-1 alpha-2 in lower case; `*` for all"
    )
    recognizers: tuple[str, ...] = Field(
        (), description="further Presidio recognizers: local registry files (`.yaml`) or `module:Class`"
    )
    score_milli: int = Field(350, ge=0, le=1000, description="findings below this score are ignored, thousandths")
    names: Literal["off", "crf", "crf+spacy", "crf+large"] = Field(
        "crf",
        description="how people, places and organisations are found; `crf+spacy` adds a second model's findings, "
        "`crf+large` those of your own",
    )
    names_large: LargeNamesSettings = LargeNamesSettings()
    offload_bytes: int = Field(
        4096, ge=0, description="bodies larger than this are classified off the event loop, bytes"
    )
    timeout_s: float = Field(20.0, gt=0, description="after this the call counts as regulated, seconds")
    cpu_s: float = Field(
        10.0,
        gt=0,
        description="CPU time that a call of 2.1 million bytes and more may take, 9.5 % of it one of up to "
        "200,000; beyond it the call counts as regulated, seconds",
    )
    queue: int = Field(64, ge=1, description="large bodies that may wait to be read; further ones count as regulated")
    cache_bytes: int = Field(
        16_777_216, ge=0, description="memory for what was found in texts read before, bytes; 0 remembers nothing"
    )
    cache_url: SecretStr = Field(
        SecretStr(""),
        description="a Redis server that workers share such findings through, `redis://…`; empty means none",
    )
    fingerprints: Path | None = Field(
        None, description="index of registered code, documents and tables; see `gateway fingerprints`; default: none"
    )
    ocr: str = Field(
        "",
        pattern=r"^([a-zA-Z_]+(\+[a-zA-Z_]+)*)?$",
        description="languages in which Tesseract reads letters in pictures, e.g. `eng+deu`; empty: not at all",
    )


class RedactSettings(BaseModel):
    """How masked requests are sent."""

    model_config = _FROZEN
    note: bool = Field(
        default=False,
        description="tell the model how placeholders look, in requests with one: a sentence in the system text",
    )


class PolicySettings(BaseModel):
    """Which policy is in force."""

    model_config = _FROZEN
    directory: Path | None = Field(None, description="policy directory; default is the packaged `policies`")
    catalog: str = Field("catalog/destinations.json", description="catalogue file, relative to the policy directory")


class LabelSettings(BaseModel):
    """How long labels stick."""

    model_config = _FROZEN
    mark_days: int = Field(
        30, ge=1, le=366, description="days after its last rise for which a conversation keeps its highest label"
    )


class AuditSettings(BaseModel):
    """How the record is made durable."""

    model_config = _FROZEN
    origin: str = Field("gateway.internal/log", description="name of the log in its checkpoints (C2SP origin line)")
    wait_s: float = Field(
        1.0, gt=0, description="longest wait for a durable record before the request is refused, seconds"
    )
    checkpoint_s: float = Field(1.0, gt=0, description="longest time between a record and a signed checkpoint, seconds")


class BatchSettings(BaseModel):
    """Bounds on batches: what one may hold, and how much of the gateway they may take."""

    model_config = _FROZEN
    file_bytes: int = Field(33_554_432, ge=1024, description="largest file, or body of a message batch, bytes")
    lines: int = Field(10_000, ge=1, le=100_000, description="most requests in a batch")
    files: int = Field(1_000, ge=1, description="most files of uploads and results that one app may keep at a time")
    open_batches: int = Field(20, ge=1, description="most batches of one app that have not ended")
    concurrency: int = Field(2, ge=1, le=64, description="lines of all batches under way at a time")
    tries: int = Field(5, ge=1, le=8, description="most times a line is sent that was refused or failed for a while")
    pause_s: float = Field(5.0, gt=0, description="wait before a line's second try, doubled before each next, seconds")
    live: int = Field(4, ge=1, description="callers waiting for an answer to begin from which on lines wait for them")
    live_wait_s: float = Field(30.0, ge=0, description="longest time that a line waits for callers, seconds")
    settle_s: float = Field(8.0, ge=0, description="at the end of the process, time for lines under way, seconds")
    lease_s: float = Field(
        60.0, ge=1, description="silence after which another gateway of a fleet takes a batch over, seconds"
    )


class FailoverSettings(BaseModel):
    """Bounds of one request's attempts."""

    model_config = _FROZEN
    attempts: int = Field(8, ge=1, le=16, description="most attempts per request, second tries included")
    first_byte_s: float = Field(60.0, gt=0, description="longest wait for the first byte of an answer, seconds")
    idle_s: float = Field(60.0, gt=0, description="longest silence inside an answer, seconds")
    total_s: float = Field(900.0, gt=0, description="longest time for one answer, seconds")
    answer_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="largest answer that is not streamed, bytes")


class UpstreamSettings(BaseModel):
    """How one destination of the catalogue is reached. A destination without an entry is not a candidate."""

    model_config = _FROZEN
    base_url: str = Field(
        description="scheme, host and path prefix, e.g. `https://api.anthropic.com`; never from a request"
    )
    credential: SecretStr = Field(SecretStr(""), description="API key for this destination; empty sends none")
    attestation: Path | None = Field(
        None, description="signed report of an in-house destination; without a good one nothing is sent; default: none"
    )
    attestation_key: Path | None = Field(None, description="public key (PEM) that signs the report")
    attestation_hours: float = Field(2.0, gt=0, le=168, description="oldest report or canary that counts, hours")
    weights_key: Path | None = Field(
        None,
        description="public key (PEM) that signs the weights of an in-house destination; with one, nothing is sent "
        "there unless its `/provenance` shows weights signed so and canaries that hold; default: none",
    )

    @model_validator(mode="after")
    def _key_for_report(self) -> Self:
        if (self.attestation is None) != (self.attestation_key is None):
            raise ValueError("attestation and attestation_key go together")
        return self


class Settings(BaseSettings):
    """Everything the gateway reads from outside."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="GATEWAY_", env_nested_delimiter="__", hide_input_in_errors=True
    )
    server: ServerSettings = ServerSettings()
    state: StateSettings = StateSettings()
    secrets: SecretSettings
    vault: VaultSettings = VaultSettings()
    limits: LimitSettings = LimitSettings()
    classify: ClassifySettings = ClassifySettings()
    labels: LabelSettings = LabelSettings()
    redact: RedactSettings = RedactSettings()
    policy: PolicySettings = PolicySettings()
    audit: AuditSettings = AuditSettings()
    failover: FailoverSettings = FailoverSettings()
    batch: BatchSettings = BatchSettings()
    upstreams: dict[str, UpstreamSettings] = Field(default_factory=dict, description="by destination id")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as keyword arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @classmethod
    def load(cls, file: Path | None) -> Self:
        """Returns the settings of a TOML file and the environment.

        Raises:
            StartupError: unreadable file, unknown key, value out of bounds, or a weak secret. Never names the value.
        """
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
            return cls(**content)
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise StartupError(f"cannot read the configuration: {type(error).__name__}") from None
        except ValidationError as error:
            places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
            raise StartupError(f"configuration refused: {places}") from None


def _entropy_bits(text: str) -> float:
    """Shannon entropy of the characters as drawn, in bits: an upper bound that catches repeated and tiny alphabets."""
    counts = Counter(text)
    return -sum(n * math.log2(n / len(text)) for n in counts.values())
