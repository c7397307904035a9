"""The tokenizer: byte-level BPE, trained on the training text."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from selfhost.nano.corpus import documentation, examples
from selfhost.nano.prompts import SPECIAL, pieces

VOCABULARY = 4096
_CONVERSATIONS = 20_000


def train_tokenizer(seed: int) -> Tokenizer:
    """Returns a tokenizer whose first ids are `SPECIAL`. Any text encodes, and decodes to itself."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    conversations = ("".join(text for text, _ in pieces(each)) for each in islice(examples(seed), _CONVERSATIONS))
    tokenizer.train_from_iterator([*conversations, *documentation()], trainer)
    return tokenizer


def save(tokenizer: Tokenizer, directory: Path) -> None:
    """Writes `tokenizer.json`."""
    tokenizer.save(str(directory / "tokenizer.json"))
