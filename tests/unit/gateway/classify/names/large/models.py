"""A tiny BERT made here, with weights such that it knows a few words: real files for the real library.

It has no layer but its embeddings and its head: word number n points along axis n, and each label looks along one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from gateway.classify.names.large.manifest import manifest_sha256
from gateway.classify.names.large.process import ModelOrder

LIBRARY = Path(__file__).parents[6] / ".oracle" / "transformers-5.17.0"
COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import runpy, sys; sys.path.append({str(LIBRARY)!r}); "
    "runpy.run_module('gateway.classify.names.large.worker', run_name='__main__')",
)
"""Starts the real worker, with transformers from where `scripts/torch-packages` puts it."""
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "B-ORG")
_WORDS = {"Priya": 1, "Raman": 2, "##esh": 0, "Leeds": 3, "Acme": 4}
_PLAIN = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "met", "in", ".", ",", "of", "中", "国")
_WIDTH = 8


def require_packages() -> None:
    """Fails with the command that installs what the child needs."""
    assert LIBRARY.is_dir(), "transformers is missing: run scripts/torch-packages"


def make_model(directory: Path, labels: tuple[str, ...] = LABELS) -> Path:
    """Writes the model and returns its directory."""
    directory.mkdir()
    vocabulary = {word: number for number, word in enumerate((*_PLAIN, *_WORDS))}
    config = {
        "architectures": ["BertForTokenClassification"],
        "model_type": "bert",
        "hidden_size": _WIDTH,
        "num_hidden_layers": 0,
        "num_attention_heads": 1,
        "intermediate_size": _WIDTH,
        "max_position_embeddings": 66,
        "vocab_size": len(vocabulary),
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
    }
    (directory / "config.json").write_text(json.dumps(config), encoding="utf-8")
    _write_tokenizer(directory, vocabulary)
    save_file(_weights(vocabulary, len(labels)), directory / "model.safetensors", metadata={"format": "pt"})
    return directory


def order_of(directory: Path, *, answer_s: float = 20.0, resident_mb: int = 4096) -> ModelOrder:
    """Returns the order for a model made here."""
    return ModelOrder(str(directory), manifest_sha256(directory), answer_s, resident_mb, pause_s=0.05)


def _write_tokenizer(directory: Path, vocabulary: dict[str, int]) -> None:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(word, vocabulary[word]) for word in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    tokenizer.save(str(directory / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, "pad_token": "[PAD]"}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def _weights(vocabulary: dict[str, int], labels: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    words = np.zeros((len(vocabulary), _WIDTH), np.float32)
    for word, axis in _WORDS.items():
        words[vocabulary[word], axis] = float(axis > 0)
    head = np.zeros((labels, _WIDTH), np.float32)
    head[range(labels), range(labels)] = 4.0
    return {
        "bert.embeddings.word_embeddings.weight": words,
        "bert.embeddings.position_embeddings.weight": np.zeros((66, _WIDTH), np.float32),
        "bert.embeddings.token_type_embeddings.weight": np.zeros((2, _WIDTH), np.float32),
        "bert.embeddings.LayerNorm.weight": np.ones(_WIDTH, np.float32),
        "bert.embeddings.LayerNorm.bias": np.zeros(_WIDTH, np.float32),
        "classifier.weight": head,
        "classifier.bias": np.array([3.0, *[0.0] * (labels - 1)], np.float32),
    }
