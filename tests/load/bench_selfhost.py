"""Aggregate speed of the engine on a CPU, beside transformers with the same weights in the same process.

Two models in float32: the packaged one (10.5 million parameters), and a tiny one (1.2 million) with random weights and
blocks so small that selection is at work. `--requests` prompts, `--tokens` greedy tokens each, the token that ends an
answer ignored. The engine takes all at once, compiled and by torch alone; transformers takes them one by one, and
padded into one batch. They take turns, `--rounds` times, and the best round of each counts. Tokens per second of CPU
time of the process, which on a shared machine says more than wall time; the prompts' time is in it.

What torch cannot reach is measured as well: the products of its run are recorded and computed again with nothing around
them, in the same order and over the same weights. So fast would be an engine in which everything else were free.

    scripts/bench selfhost [--model nano|tiny] [--requests 12] [--tokens 64] [--rounds 3]
    scripts/bench selfhost --gpu --help    the kernels beside vLLM's on one GPU: `bench_selfhost_gpu.py`
    scripts/bench selfhost --server --help the server as a whole: `bench_selfhost_server.py`
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from tokenizers import Tokenizer
from torch.utils._python_dispatch import TorchDispatchMode

from selfhost.checkpoint.reader import read_tensors
from selfhost.checkpoint.writer import random_tensors
from selfhost.config import M3Config, load_config, read_config
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.nano import WEIGHTS
from selfhost.nano.corpus import examples
from selfhost.nano.prompts import pieces
from selfhost.operations import Model
from selfhost.start import make_model, start
from tests.unit.selfhost_engine.made import Small
from tests.unit.selfhost_engine.oracle import reference

_TINY = {"vocab_size": 512, "hidden_size": 128, "intermediate_size": 64, "dense_intermediate_size": 256}
_PRODUCTS = ("mkldnn._linear_pointwise", "aten.linear")
_NOT_OF_THE_CONFIG = ("architectures", "model_type", "torch_dtype")


def asked(requests: int) -> list[list[int]]:
    """The parts of conversations that a model does not write: prompts of about 30 to 130 tokens."""
    tokenizer, made = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json")), examples(11)
    texts = ["".join(text for text, learned in pieces(next(made)) if not learned) for _ in range(requests)]
    return [tokenizer.encode(text).ids for text in texts]


def nano() -> tuple[dict[str, object], M3Config, dict[str, torch.Tensor]]:
    document = json.loads((WEIGHTS / "config.json").read_text(encoding="utf-8"))
    config = load_config(WEIGHTS)
    return (
        {name: each for name, each in document.items() if name not in _NOT_OF_THE_CONFIG},
        config,
        read_tensors(WEIGHTS, config, torch.float32, "cpu"),
    )


def tiny() -> tuple[dict[str, object], M3Config, dict[str, torch.Tensor]]:
    document = Small(block=16, topk=4, kv_heads=2, group=4, head_dim=32, layers=4, experts=8).document() | _TINY
    config = read_config(document)
    return document, config, random_tensors(config, 1, scale=0.08)


def cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def padded(model: torch.nn.Module, prompts: Sequence[Sequence[int]], tokens: int) -> object:
    """One batch, padded on the left: what `generate` asks for. Its answers are not compared, only its time is taken."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(each)) + list(each) for each in prompts])
    mask = torch.tensor([[0] * (longest - len(each)) + [1] * len(each) for each in prompts])
    return _generate(model, ids, mask, tokens)


def one_by_one(model: torch.nn.Module, prompts: Sequence[Sequence[int]], tokens: int) -> list[list[int]]:
    found = []
    for each in prompts:
        ids = torch.tensor([each])
        found.append(_generate(model, ids, torch.ones_like(ids), tokens)[0][len(each) :].tolist())
    return found


@torch.inference_mode()
def _generate(model: torch.nn.Module, ids: torch.Tensor, mask: torch.Tensor, tokens: int) -> torch.Tensor:
    return model.generate(
        ids, attention_mask=mask, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0,
        eos_token_id=None,
    )  # fmt: skip


class Products(TorchDispatchMode):
    """Keeps what a run multiplies, to be multiplied again."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[Callable[[], object]] = []

    def __torch_dispatch__(
        self, operation: Callable[..., object], kinds: object, arguments: tuple[object, ...] = (), named: object = None
    ) -> object:
        call = partial(operation, *arguments, **(named if isinstance(named, dict) else {}))
        if any(each in str(operation) for each in _PRODUCTS):
            self._calls.append(call)
        return call()

    @torch.inference_mode()
    def again(self) -> None:
        for call in self._calls:
            call()


def measure(name: str, requests: int, tokens: int, rounds: int) -> dict[str, object]:
    document, config, tensors = MODELS[name]()
    model = reference(document, tensors)
    prompts = [[token % config.vocab_size for token in prompt] for prompt in asked(requests)]
    compiled, by_torch = make_model(config, tensors, torch.float32, "cpu"), M3Model(config, tensors)
    pages = sum(-(-(len(each) + tokens) // config.sparse.block) for each in prompts) + 1

    def engine(model: Model = compiled) -> list[list[int]]:
        return start(model, pages, "cpu").generate(prompts, Sampling(tokens))

    ways = {
        "engine": engine,
        "engine, torch alone": lambda: engine(by_torch),
        "transformers, one by one": lambda: one_by_one(model, prompts, tokens),
        "transformers, one padded batch": lambda: padded(model, prompts, tokens),
    }
    with Products() as products:
        engine(by_torch)
    ways["products alone"] = products.again
    same = engine() == engine(by_torch) == one_by_one(model, prompts, tokens)
    taken = [{kind: cpu_s(way) for kind, way in ways.items()} for _ in range(rounds)]
    seconds = {kind: min(each[kind] for each in taken) for kind in ways}
    speed = {kind: round(requests * tokens / each, 1) for kind, each in seconds.items()}
    others = [kind for kind in ways if kind.startswith("transformers")]
    ratio = {kind: round(speed["engine"] / speed[kind], 2) for kind in others}
    most = {kind: round(speed["products alone"] / speed[kind], 2) for kind in others}
    return {
        "model": name,
        "parameters": sum(each.numel() for each in tensors.values()),
        "requests": requests,
        "prompt_tokens": sum(map(len, prompts)),
        "tokens_each": tokens,
        "load_average": round(os.getloadavg()[0], 1),
        "attention": start(compiled, pages, "cpu").attention.name,
        "tokens_equal": same,
        "tokens_per_cpu_second": speed,
        "times_as_fast_as": ratio,
        "at_most_with_these_products": most,
    }


MODELS = {"nano": nano, "tiny": tiny}


def main() -> int:
    for other in ("gpu", "server"):
        if f"--{other}" in sys.argv[1:]:
            bench = importlib.import_module(f"tests.load.bench_selfhost_{other}")
            return int(bench.main([each for each in sys.argv[1:] if each != f"--{other}"]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(MODELS), default="nano")
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sys.stdout.write(
        json.dumps(measure(options.model, options.requests, options.tokens, options.rounds), indent=2) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
