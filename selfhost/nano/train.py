"""Trains M3-nano: `python -m selfhost.nano.train OUT [--minutes 8]`, on one GPU.

Conversations are packed into rows of 2,048 tokens; the loss is on what the model has to write, and on documentation as
a whole. AdamW, warm-up and cosine, bfloat16 autocast. Writes the released layout in bfloat16 and the tokenizer.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

from selfhost.checkpoint.writer import write_checkpoint
from selfhost.config import read_config
from selfhost.nano.corpus import documentation, examples
from selfhost.nano.prompts import END, SPECIAL, pieces
from selfhost.nano.training_model import TrainingModel
from selfhost.nano.vocabulary import VOCABULARY, save, train_tokenizer

LENGTH, ROWS = 2048, 32
_RATE, _WARM_UP, _BALANCE = 2e-3, 200, 1e-3
_IGNORED = -100
LAYERS = 6


def document(end: int) -> dict[str, object]:
    """Returns config.json. `end` is the id of the token that ends a turn."""
    sparse = [int(layer > 0) for layer in range(LAYERS)]
    return {
        "architectures": ["MiniMaxM3SparseForCausalLM"], "model_type": "minimax_m3_vl_text", "torch_dtype": "bfloat16",
        "vocab_size": VOCABULARY, "hidden_size": 256, "intermediate_size": 160, "num_hidden_layers": LAYERS,
        "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 128, "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6, "num_experts_per_tok": 2, "num_local_experts": 8, "dense_intermediate_size": 768,
        "shared_intermediate_size": 160, "routed_scaling_factor": 2.0, "rotary_dim": 64, "partial_rotary_factor": 0.5,
        "rope_theta": 10000.0, "swiglu_alpha": 1.702, "swiglu_limit": 7.0, "moe_layer_freq": sparse,
        "bos_token_id": 0, "eos_token_id": end, "tie_word_embeddings": False,
        "sparse_attention_config": {
            "sparse_num_index_heads": 1, "sparse_index_dim": 128, "sparse_block_size": 128, "sparse_topk_blocks": 16,
            "sparse_local_block": 1, "sparse_attention_freq": sparse,
        },
    }  # fmt: skip


def rows(tokenizer: Tokenizer, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yields rows of `LENGTH + 1` tokens and, for each, the tokens to be learned or `_IGNORED`."""
    tokens: list[int] = []
    labels: list[int] = []
    texts = documentation()
    for number, example in enumerate(examples(seed)):
        parts = pieces(example)
        if number % 40 == 0:
            text = texts[(number // 40 * 7919 + seed) % len(texts)]
            parts = [(text[:4000] + END, True)]
        for text, learned in parts:
            ids = tokenizer.encode(text).ids
            tokens += ids
            labels += ids if learned else [_IGNORED] * len(ids)
        while len(tokens) > LENGTH:
            yield tokens[: LENGTH + 1], labels[: LENGTH + 1]
            tokens, labels = tokens[LENGTH:], labels[LENGTH:]


def _produce(path: str, seed: int, queue: multiprocessing.Queue) -> None:  # type: ignore[type-arg]  # not generic at run time
    torch.set_num_threads(1)
    made = rows(Tokenizer.from_file(path), seed)
    while True:
        batch = [next(made) for _ in range(ROWS)]
        queue.put(
            (
                torch.tensor([t for t, _ in batch], dtype=torch.int16),
                torch.tensor([y for _, y in batch], dtype=torch.int16),
            )
        )


def train(out: Path, minutes: float, workers: int, seed: int) -> None:
    """Trains for this long and writes the checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(seed)
    save(tokenizer, out)
    described = document(SPECIAL.index(END))
    torch.manual_seed(seed)
    model = TrainingModel(read_config(described)).cuda()
    _log({"parameters": sum(p.numel() for p in model.parameters()), "vocabulary": tokenizer.get_vocab_size()})
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(maxsize=64)
    made = [
        context.Process(target=_produce, args=(str(out / "tokenizer.json"), seed + 1 + n, queue), daemon=True)
        for n in range(workers)
    ]
    for process in made:
        process.start()
    _loop(model, queue, minutes * 60)
    for process in made:
        process.terminate()
    tensors = {name: tensor.detach().to(torch.bfloat16) for name, tensor in model.tensors().items()}
    write_checkpoint(out, described, model.config, tensors, shards=2)


def _loop(model: TrainingModel, queue: multiprocessing.Queue, seconds: float) -> None:  # type: ignore[type-arg]  # see above
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=_RATE, betas=(0.9, 0.95), weight_decay=0.05, fused=True
    )
    compiled = torch.compile(model)
    begun, step, seen = time.monotonic(), 0, 0
    while (spent := time.monotonic() - begun) < seconds:
        tokens, labels = (part.cuda(non_blocking=True).long() for part in queue.get())
        rate = _RATE * min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * spent / seconds)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cuda", torch.bfloat16):
            logits = compiled(tokens[:, :-1])
        loss = cross_entropy(logits.float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=_IGNORED)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        model.balance(_BALANCE)
        step, seen = step + 1, seen + tokens.numel()
        if step % 200 == 0:
            _log(
                {
                    "step": step,
                    "seconds": round(spent),
                    "tokens": seen,
                    "loss": round(loss.item(), 4),
                    "waiting": queue.qsize(),
                }
            )


def _log(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    train(options.out, options.minutes, options.workers, options.seed)


if __name__ == "__main__":
    main()
