"""Checkpoint directories without a model in them, and keys."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from selfhost.attest.checkpoint import Origin, sign_checkpoint

ORIGIN = Origin("a person", "a model", "0123abcd")


def safetensors(content: bytes = bytes(range(64))) -> bytes:
    header = json.dumps(
        {"weight": {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}
    ).encode()
    return len(header).to_bytes(8, "little") + header + content


def unsigned(directory: Path) -> Path:
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps({"hidden_size": 4}), encoding="utf-8")
    (directory / "tokenizer.json").write_text("{}", encoding="utf-8")
    (directory / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    (directory / "model-00001-of-00002.safetensors").write_bytes(safetensors())
    (directory / "model-00002-of-00002.safetensors").write_bytes(safetensors(b"other" * 20))
    return directory


def signed(directory: Path, key: Ed25519PrivateKey) -> Path:
    sign_checkpoint(unsigned(directory), key, ORIGIN)
    return directory
