"""A checkpoint loads only as it was signed: every other state of its directory has its own refusal."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import selfhost
from selfhost.attest.checkpoint import (
    DEMO_KEY,
    countersign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from selfhost.attest.errors import CheckpointRefused, Reason
from selfhost.attest.keys import key_id, read_public_key
from selfhost.attest.manifest import hash_file
from selfhost.attest.scan import ENVELOPE, scan
from tests.unit.selfhost.attest.made import ORIGIN, safetensors, signed, unsigned

SHARD = "model-00001-of-00002.safetensors"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
TRUSTED = [KEY.public_key()]


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def link(directory: Path) -> None:
    (directory.parent / "elsewhere").write_bytes((directory / SHARD).read_bytes())
    (directory / SHARD).unlink()
    (directory / SHARD).symlink_to(directory.parent / "elsewhere")


def stated(directory: Path, change: Callable[[str], str]) -> None:
    """Changes the signed statement without signing it anew."""
    path = directory / ENVELOPE
    document = json.loads(path.read_text())
    document["payload"] = change(document["payload"])
    path.write_text(json.dumps(document))


CASES: dict[str, tuple[Callable[[Path], object], Reason]] = {
    "truncated shard": (lambda d: (d / SHARD).write_bytes((d / SHARD).read_bytes()[:-1]), Reason.SIZE),
    "grown shard": (lambda d: (d / SHARD).write_bytes((d / SHARD).read_bytes() + b"\0"), Reason.SIZE),
    "first byte of a shard": (lambda d: flip(d / SHARD, 0), Reason.CONTENT),
    "last byte of a shard": (lambda d: flip(d / SHARD, -1), Reason.CONTENT),
    "missing shard": (lambda d: (d / SHARD).unlink(), Reason.MISSING_FILE),
    "one more shard": (lambda d: (d / "more.safetensors").write_bytes(safetensors()), Reason.EXTRA_FILE),
    "one more config": (lambda d: (d / "adapter_config.json").write_text("{}"), Reason.EXTRA_FILE),
    "Python file": (lambda d: (d / "modeling.py").write_text("print(1)"), Reason.FORBIDDEN_FILE),
    "pickle": (lambda d: (d / "pytorch_model.bin").write_bytes(b"\x80\x04."), Reason.FORBIDDEN_FILE),
    "torch file": (lambda d: (d / "model.pt").write_bytes(b"PK"), Reason.FORBIDDEN_FILE),
    "folder": (lambda d: (d / "code").mkdir(), Reason.FORBIDDEN_FILE),
    "shard that is a link": (link, Reason.SYMLINK),
    "swapped template": (lambda d: (d / "chat_template.jinja").write_text("{{ messagez }}"), Reason.CONTENT),
    "swapped tokenizer": (lambda d: (d / "tokenizer.json").write_text("[]"), Reason.CONTENT),
    "code in the config": (lambda d: (d / "config.json").write_text('{"auto_map":{}}  '), Reason.SIZE),
    "no envelope": (lambda d: (d / ENVELOPE).unlink(), Reason.NOT_SIGNED),
    "envelope of nothing": (lambda d: (d / ENVELOPE).write_text("{}"), Reason.SIGNATURE),
    "changed statement": (lambda d: stated(d, lambda text: text[:40] + text[44:]), Reason.SIGNATURE),
    "envelope that is a link": (
        lambda d: ((d / ENVELOPE).rename(d.parent / "kept"), (d / ENVELOPE).symlink_to(d.parent / "kept")),
        Reason.SYMLINK,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), CASES.values(), ids=CASES)
def test_anything_else_than_what_was_signed_is_refused(
    tmp_path: Path, change: Callable[[Path], object], reason: Reason
) -> None:
    directory = signed(tmp_path / "model", KEY)
    assert verify_checkpoint(directory, TRUSTED).origin == ORIGIN
    change(directory)
    with pytest.raises(CheckpointRefused) as refused:
        verify_checkpoint(directory, TRUSTED)
    assert refused.value.reason is reason


UNSIGNABLE: dict[str, tuple[str, bytes, Reason]] = {
    "code named by a config": ("config.json", b'{"a":[{"auto_map":{"AutoModel":"m.M"}}]}', Reason.CODE_IN_CONFIG),
    "pickle under another name": (SHARD, b"\x80\x04\x95" + bytes(40), Reason.NOT_SAFETENSORS),
    "zip under another name": (SHARD, b"PK\x03\x04" + bytes(40), Reason.NOT_SAFETENSORS),
    "shard cut off": (SHARD, safetensors()[:-1], Reason.NOT_SAFETENSORS),
    "bytes behind the tensors": (SHARD, safetensors() + b"\0", Reason.NOT_SAFETENSORS),
    "empty shard": (SHARD, b"", Reason.NOT_SAFETENSORS),
    "header that is no object": (SHARD, (2).to_bytes(8, "little") + b"[]", Reason.NOT_SAFETENSORS),
}


@pytest.mark.parametrize(("name", "content", "reason"), UNSIGNABLE.values(), ids=UNSIGNABLE)
def test_what_runs_code_or_is_cut_off_is_not_signed(tmp_path: Path, name: str, content: bytes, reason: Reason) -> None:
    directory = unsigned(tmp_path / "model")
    (directory / name).write_bytes(content)
    with pytest.raises(CheckpointRefused) as refused:
        sign_checkpoint(directory, KEY, ORIGIN)
    assert refused.value.reason is reason
    assert not (directory / ENVELOPE).exists()


def test_a_key_that_is_not_trusted_proves_nothing(tmp_path: Path) -> None:
    directory = signed(tmp_path / "model", OTHER)
    with pytest.raises(CheckpointRefused) as refused:
        verify_checkpoint(directory, TRUSTED)
    assert refused.value.reason is Reason.SIGNATURE


def test_two_people_when_two_are_asked_for(tmp_path: Path) -> None:
    directory = signed(tmp_path / "model", KEY)
    both = [KEY.public_key(), OTHER.public_key()]
    with pytest.raises(CheckpointRefused):
        verify_checkpoint(directory, [*both, *both], signatures=2)
    countersign_checkpoint(directory, OTHER, TRUSTED)
    assert verify_checkpoint(directory, both, signatures=2).keys == tuple(sorted(map(key_id, both)))


def test_nobody_countersigns_what_has_changed(tmp_path: Path) -> None:
    directory = signed(tmp_path / "model", KEY)
    flip(directory / SHARD, -1)
    with pytest.raises(CheckpointRefused):
        countersign_checkpoint(directory, OTHER, TRUSTED)


def test_the_packaged_weights_are_the_ones_that_were_signed() -> None:
    directory = Path(selfhost.__file__).parent / "nano" / "weights"
    verified = verify_checkpoint(directory, [read_public_key(DEMO_KEY)])
    assert len(verified.root) == 64
    assert any(each.name.endswith(".safetensors") for each in verified.files)
    assert scan(directory)


def test_memory_does_not_grow_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert hash_file(path).size == 300_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50_000
