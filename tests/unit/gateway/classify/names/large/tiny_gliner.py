"""Writes a tiny GLiNER model with random weights: `python tiny_gliner.py DIRECTORY LIBRARY...`."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, processors


def main(directory: Path) -> None:
    """Makes the model from its settings, as the library writes it."""
    torch, gliner, transformers = (importlib.import_module(name) for name in ("torch", "gliner", "transformers"))

    directory.mkdir()
    letters = [chr(code) for code in range(33, 127)]
    plain = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    vocabulary = {word: at for at, word in enumerate((*plain, *letters, *(f"##{letter}" for letter in letters)))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(directory)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    torch.manual_seed(1)
    transformers.BertModel(config).save_pretrained(directory)
    settings = gliner.GLiNERConfig(model_name=str(directory), hidden_size=16, max_width=4, max_len=48, dropout=0.0)
    model = gliner.GLiNER.from_config(settings)
    for name in ("model.safetensors", "config.json"):
        (directory / name).unlink()
    model.config.model_name = "backbone"
    model.save_pretrained(str(directory), safe_serialization=True)
    model.data_processor.transformer_tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    sys.path += sys.argv[2:]
    main(Path(sys.argv[1]))
