"""From a checkpoint directory to an engine: verified first, then read."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from selfhost.attest.checkpoint import Verified, verify_checkpoint
from selfhost.attest.provenance import NOT_VERIFIED, Provenance, source_digest
from selfhost.attest.scan import ENVELOPE
from selfhost.checkpoint.reader import read_tensors
from selfhost.config import load_config
from selfhost.engine.running import RunningEngine
from selfhost.engine.scheduler import Bounds
from selfhost.errors import CheckpointError
from selfhost.serve.answers import Answerer, Defaults
from selfhost.serve.app import Served
from selfhost.serve.canaries import Canaries, Schedule
from selfhost.serve.template import ChatTemplate
from selfhost.serve.tokens import Tokens
from selfhost.start import make_model, start

_SEEDS = 1 << 62
_DISTRIBUTION = "sovereign-llm-gateway"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is served and how. Without `trusted` keys the checkpoint is served unverified, and `/health` says so."""

    directory: Path
    name: str
    trusted: Sequence[Ed25519PublicKey] = field(default=(), repr=False)
    template_sha256: str | None = None
    pages: int = 64
    waiting: int = 64
    dtype: str = "float32"
    device: str = "cpu"
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to answer (start its engine first), and what is said of it."""

    answerer: Answerer
    served: Served


def load(choices: Choices) -> Loaded:
    """Verifies the checkpoint, then reads it.

    Raises:
        SelfhostError: the checkpoint is not the signed one, is damaged, or is no model of this architecture.
    """
    verified = verify_checkpoint(choices.directory, choices.trusted) if choices.trusted else None
    config = load_config(choices.directory)
    tokens = Tokens.load(choices.directory)
    if tokens.size > config.vocab_size:
        raise CheckpointError(f"tokenizer.json has {tokens.size} tokens, the model {config.vocab_size}")
    template = ChatTemplate.load(choices.directory, tokens, choices.template_sha256)
    dtype = getattr(torch, choices.dtype)
    tensors = read_tensors(choices.directory, config, dtype, choices.device)
    model = make_model(config, tensors, dtype, choices.device)
    engine = start(model, choices.pages, choices.device, Bounds(waiting=choices.waiting))
    answerer = Answerer(
        name=choices.name,
        running=RunningEngine(engine),
        tokens=tokens,
        template=template,
        defaults=Defaults.load(choices.directory),
        now_s=time.time,
        new_id=lambda: secrets.token_hex(12),
        new_seed=lambda: secrets.randbelow(_SEEDS),
    )
    facts = {
        "engine": "m3",
        "model": choices.name,
        "attention": engine.attention.name,
        "checkpoint": None if verified is None else verified.root,
        "verified": verified is not None,
        "template": template.digest,
        "dtype": choices.dtype,
        "device": choices.device,
    }
    provenance = _provenance(choices, verified, engine.attention.name)
    canaries = Canaries(answerer, provenance.root, choices.schedule)
    return Loaded(answerer, Served(facts, provenance, canaries, _manifest(choices.directory) if verified else None))


def _manifest(directory: Path) -> dict[str, object]:
    """The signed manifest as it lies there: verified just now, so it is JSON."""
    found: dict[str, object] = json.loads((directory / ENVELOPE).read_bytes())
    return found


def _provenance(choices: Choices, verified: Verified | None, attention: str) -> Provenance:
    signer = "nobody" if verified is None else f"{verified.origin.signer} {verified.keys[0][:16]}"
    return Provenance(
        root=NOT_VERIFIED if verified is None else verified.root,
        signer=signer,
        engine=f"selfhost {_version()} {source_digest('selfhost')}",
        kernels=source_digest("kernels"),
        attention=attention,
        weights=choices.dtype,
        kv=choices.dtype,
        index=choices.dtype,
    )


def _version() -> str:
    """From a checkout that nobody installed there is none; the digest of the source says which it is."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "source"
