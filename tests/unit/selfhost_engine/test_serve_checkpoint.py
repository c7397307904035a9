"""What the server refuses to load: weights and texts that do not fit, even where somebody has signed them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from safetensors.torch import load_file, save_file

from selfhost.attest.checkpoint import Origin, sign_checkpoint
from selfhost.attest.errors import CheckpointRefused
from selfhost.checkpoint.writer import random_tensors, write_checkpoint
from selfhost.config import read_config
from selfhost.errors import SelfhostError
from selfhost.nano import WEIGHTS
from selfhost.serve.loading import Choices, load
from tests.unit.selfhost_engine.made import Small

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SHARD = "model-00001-of-00002.safetensors"
INDEX = "model.safetensors.index.json"
VALUE = "language_model.model.layers.1.self_attn.v_proj.weight"
Change = Callable[[Path], object]


def checkpoint(directory: Path) -> Path:
    """A small model with the packaged tokenizer and template, in two shards."""
    document = {**Small().document(), "vocab_size": 4096, "eos_token_id": 2}
    config = read_config(document)
    write_checkpoint(directory, document, config, random_tensors(config, 1), shards=2)
    for name in ("tokenizer.json", "chat_template.jinja"):
        shutil.copy(WEIGHTS / name, directory / name)
    return directory


def tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Change:
    """Rewrites the shard that holds `VALUE`."""

    def rewrite(directory: Path) -> None:
        shard = directory / json.loads((directory / INDEX).read_text())["weight_map"][VALUE]
        found = load_file(shard)
        change(found)
        save_file(found, shard, metadata={"format": "pt"})

    return rewrite


def index(change: Callable[[dict[str, str]], object]) -> Change:
    def rewrite(directory: Path) -> None:
        document = json.loads((directory / INDEX).read_text())
        change(document["weight_map"])
        (directory / INDEX).write_text(json.dumps(document))

    return rewrite


def config(**changed: object) -> Change:
    def rewrite(directory: Path) -> None:
        path = directory / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    return rewrite


def cut(name: str) -> Change:
    return lambda directory: (directory / name).write_bytes((directory / name).read_bytes()[:-7])


def written(name: str, content: bytes) -> Change:
    return lambda directory: (directory / name).write_bytes(content)


MISFITS: dict[str, tuple[Change, str]] = {
    "weights of whole numbers": (tensors(lambda t: t.update({VALUE: t[VALUE].to(torch.int32)})), "dtype"),
    "weights of 64 bits": (tensors(lambda t: t.update({VALUE: t[VALUE].double()})), "dtype"),
    "eight bits without scales": (tensors(lambda t: t.update({VALUE: t[VALUE].to(torch.float8_e4m3fn)})), "scale"),
    "another shape": (tensors(lambda t: t.update({VALUE: t[VALUE][:-1].contiguous()})), "shape"),
    "a tensor gone from its shard": (tensors(lambda t: t.pop(VALUE)), "index"),
    "a tensor gone from the index": (index(lambda m: m.pop(VALUE)), "missing"),
    "a tensor that nobody knows": (index(lambda m: m.update({"model.extra.weight": SHARD})), "not known"),
    "an index out of the directory": (index(lambda m: m.update({VALUE: "../x.safetensors"})), "not a safetensors"),
    "a shard that the index names and nobody has": (index(lambda m: m.update({VALUE: "a.safetensors"})), "missing"),
    "a model with fewer words than the tokenizer": (config(vocab_size=128), "tokens"),
    "a kind of norm that is not known": (config(qk_norm_type="per_layer"), "qk_norm_type"),
    "another activation": (config(hidden_act="gelu"), "hidden_act"),
    "another way to choose experts": (config(scoring_func="softmax"), "scoring_func"),
    "a layer list that is too short": (config(moe_layer_freq=[0, 1]), "layers"),
    "no tokenizer": (lambda d: (d / "tokenizer.json").unlink(), "tokenizer"),
    "another kind of tokenizer": (written("tokenizer.json", b"{}"), "tokenizer"),
    "no template": (lambda d: (d / "chat_template.jinja").unlink(), "chat_template"),
    "a template that is none": (written("chat_template.jinja", b"{% for %}"), "chat_template"),
    "sampling that is none": (written("generation_config.json", b'{"temperature": "hot"}'), "generation_config"),
}


@pytest.mark.parametrize(("change", "words"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused_in_words_although_it_is_signed(
    tmp_path: Path, change: Change, words: str
) -> None:
    directory = checkpoint(tmp_path / "model")
    change(directory)
    sign_checkpoint(directory, KEY, Origin("a person", "random", "1"))
    with pytest.raises(SelfhostError, match=words) as refusal:
        load(Choices(directory, "small", [KEY.public_key()], pages=8))
    assert not isinstance(refusal.value, CheckpointRefused)


DAMAGED: dict[str, Change] = {
    "a shard cut off": cut(SHARD),
    "an index cut off": cut(INDEX),
    "a config cut off": cut("config.json"),
    "a pickle for a shard": written(SHARD, b"\x80\x04\x95" + bytes(400)),
    "an empty shard": written(SHARD, b""),
    "a header longer than the file": written(SHARD, (1 << 40).to_bytes(8, "little") + b"{}"),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_refused_although_nobody_asked_for_signatures(tmp_path: Path, change: Change) -> None:
    directory = checkpoint(tmp_path / "model")
    load(Choices(directory, "small", pages=8))
    change(directory)
    with pytest.raises(SelfhostError):
        load(Choices(directory, "small", pages=8))


@pytest.mark.parametrize(
    "change", [cut(SHARD), written("modeling.py", b""), written("pytorch_model.bin", b"\x80\x04.")]
)
def test_the_command_says_why_and_exits_with_2(tmp_path: Path, change: Change) -> None:
    directory = checkpoint(tmp_path / "model")
    sign_checkpoint(directory, KEY, Origin("a person", "random", "1"))
    change(directory)
    command = [sys.executable, "-m", "selfhost", "serve", "--engine", "m3", "--port", "0", "--model", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("selfhost: ")
    assert "Traceback" not in done.stderr
