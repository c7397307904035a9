"""Names by a transformers token-classification model. Runs in the child process only, which has torch.

The model's labels say person, place or organisation in one of the usual ways (`B-PER`, `PERSON`, `I-LOC`, ...). A word
has the label of its first piece; a name is a run of words of one type.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.large.gliner import SETTINGS, GlinerReading

_TYPES: Final = {
    **dict.fromkeys(("PER", "PERSON"), "PERSON"),
    **dict.fromkeys(("LOC", "GPE", "LOCATION"), "LOCATION"),
    **dict.fromkeys(("ORG", "ORGANIZATION", "ORGANISATION"), "ORGANIZATION"),
}
_LONGEST_TOKENS: Final = 512
_SIGNS: Final = re.compile(r"^[\W_]+|[\W_]+$")
Found = tuple[int, int, str, int]
Word = tuple[int, int, NDArray[np.float32]]
"""Start, end, and the chance of each label."""


class Labels:
    """What the columns of a model's output stand for."""

    def __init__(self, labels: Sequence[str]) -> None:
        """Raises `ValueError` when none stands for people."""
        parts = [label.upper().rpartition("-") for label in labels]
        self._kinds = [_TYPES.get(kind, "") for _, _, kind in parts]
        self._begins = [place == "B" for place, _, _ in parts]
        if "PERSON" not in self._kinds:
            raise ValueError("the model has no label for people")

    def names(self, text: str, words: Iterator[Word]) -> list[Found]:
        """Returns the names among the words, which are in order: start, end, type, thousandths."""
        runs: list[Found] = []
        last = ""
        for start, end, chances in words:
            kind, chance, begins = self._judge(chances)
            if kind and kind == last and not begins and "\n" not in text[runs[-1][1] : start]:
                runs[-1] = (runs[-1][0], end, kind, min(chance, runs[-1][3]))
            elif kind:
                runs.append((start, end, kind, chance))
            last = kind
        return [trimmed for run in runs if (trimmed := _trimmed(text, run))[0] < trimmed[1]]

    def _judge(self, chances: NDArray[np.float32]) -> tuple[str, int, bool]:
        """The likeliest type (empty: no name), its chance in thousandths, and whether a name begins here."""
        totals = dict.fromkeys(self._kinds, 0.0)
        for kind, chance in zip(self._kinds, chances.tolist(), strict=True):
            totals[kind] += chance
        kind = max(totals, key=totals.__getitem__)
        return kind, min(1000, round(totals[kind] * 1000)), self._begins[int(chances.argmax())]


def _trimmed(text: str, run: Found) -> Found:
    """A name without the signs round it, which some tokenizers count to the word."""
    start, end, kind, chance = run
    for signs in _SIGNS.finditer(text, start, end):
        start, end = (start, signs.start()) if signs.end() == end else (signs.end(), end)
    return start, end, kind, chance


class NameReading:
    """Satisfies `Reading` of the worker. Windows as long as the model allows, overlapping by a quarter; one core."""

    def __init__(self, directory: Path) -> None:
        """Loads from the directory alone: no hub, no code of the model's own, no pickled weights.

        Raises:
            ImportError, OSError, ValueError, KeyError, RuntimeError: the packages are missing, or it is no such model.
        """
        config = json.loads((directory / "config.json").read_bytes())
        names = config.get("id2label", {})
        self._labels = Labels([names[str(number)] for number in range(len(names))])
        self._torch = importlib.import_module("torch")
        library = importlib.import_module("transformers")
        self._torch.set_num_threads(1)
        only = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = library.AutoTokenizer.from_pretrained(directory, **only)
        if not self._tokenizer.is_fast:
            raise ValueError("the tokenizer tells no places")
        self._model = library.AutoModelForTokenClassification.from_pretrained(directory, use_safetensors=True, **only)
        self._model.eval()
        longest = config.get("max_position_embeddings", _LONGEST_TOKENS) - 2
        self._window = min(_LONGEST_TOKENS, self._tokenizer.model_max_length, longest)

    def names(self, text: str) -> list[Found]:
        """Returns the names in a text: code points, type, thousandths."""
        return self._labels.names(text, self._words(text))

    def _words(self, text: str) -> Iterator[Word]:
        """The words in order; in an overlap, half of them as either window saw them."""
        overlap = self._window // 4
        cut = self._tokenizer(
            text,
            truncation=True,
            max_length=self._window,
            stride=overlap,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        best: dict[int, Word] = {}
        for window, ids in enumerate(cut["input_ids"]):
            with self._torch.inference_mode():
                chances = self._model(input_ids=self._torch.tensor([ids])).logits[0].softmax(-1).numpy()
            pieces = zip(cut["offset_mapping"][window], cut.word_ids(window), chances, strict=True)
            for number, ((start, end), word, row) in enumerate(pieces):
                if word is None or start == end or (window and number < overlap // 2):
                    continue
                first = best.get(word, (start, end, row))
                best[word] = (start, end, row) if start <= first[0] else (first[0], max(end, first[1]), first[2])
        yield from sorted(best.values(), key=lambda word: word[0])


def load_reading(directory: Path) -> NameReading | GlinerReading:
    """Returns the reader of the model in a directory, by its settings. Raises what the reader raises."""
    return GlinerReading(directory) if (directory / SETTINGS).exists() else NameReading(directory)
