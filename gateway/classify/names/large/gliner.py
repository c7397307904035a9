"""Names by a GLiNER model, which finds what it is told the name of. Runs in the child process only, which has torch.

The library reads models from a hub, and code with them, where a model's settings say so. It is given a directory whose
settings say nothing of the kind; any other is refused before the library sees it.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

SETTINGS: Final = "gliner_config.json"
"""What makes a directory one of GLiNER."""
_TYPES: Final = {"person": "PERSON", "location": "LOCATION", "organization": "ORGANIZATION"}
"""What is asked for, and the type of what is found."""
_ELSEWHERE: Final = ("labels_encoder", "labels_decoder", "span_encoder_config")
"""Settings that name further models."""
_NEEDED: Final = ("model.safetensors", "tokenizer.json", "tokenizer_config.json")
_WORD: Final = re.compile(r"\w+(?:[-_]\w+)*|\S")
"""A word as the library counts them: its model reads so many at a time and drops the rest."""
_MOST_WORDS: Final = 256
_THRESHOLD: Final = 0.5
Found = tuple[int, int, str, int]


class GlinerReading:
    """Satisfies `Reading` of the worker. Windows of words, overlapping by a quarter; one core."""

    def __init__(self, directory: Path) -> None:
        """Loads from the directory alone: no hub, no code of the model's own, no pickled weights.

        Raises:
            ImportError, OSError, ValueError, KeyError, RuntimeError: the packages are missing, it is no such model, or
                its settings reach out of the directory.
        """
        check(directory)
        importlib.import_module("torch").set_num_threads(1)
        self._model = importlib.import_module("gliner").GLiNER.from_pretrained(str(directory), local_files_only=True)
        self._model.eval()
        self._window = max(4, min(_MOST_WORDS, int(self._model.config.max_len)))

    def names(self, text: str) -> list[Found]:
        """Returns the names in a text: code points, type, thousandths."""
        found = {
            name for start, end, keep in _windows(text, self._window) for name in self._read(text, start, end, keep)
        }
        return sorted(found)

    def _read(self, text: str, start: int, end: int, keep: tuple[int, int]) -> Iterator[Found]:
        """The names of one window that begin where this window is the one to say so."""
        for each in self._model.predict_entities(text[start:end], list(_TYPES), threshold=_THRESHOLD):
            begin = start + int(each["start"])
            if keep[0] <= begin < keep[1]:
                thousandths = min(1000, round(float(each["score"]) * 1000))
                yield begin, start + int(each["end"]), _TYPES[each["label"]], thousandths


def check(directory: Path) -> None:
    """Raises `ValueError` or `OSError` when the directory is not complete, or its settings name anything outside it."""
    settings: Mapping[str, object] = json.loads((directory / SETTINGS).read_bytes())
    encoder = settings.get("encoder_config")
    if not isinstance(encoder, dict) or "auto_map" in encoder:
        raise ValueError("the settings do not describe the encoder, or bring code")
    if (
        any(settings.get(name) for name in _ELSEWHERE)
        or settings.get("words_splitter_type", "whitespace") != "whitespace"
    ):
        raise ValueError("the settings name another model")
    # The library looks for an adapter under this name.
    if Path(str(settings.get("model_name", ""))).exists():
        raise ValueError("the settings name a path")
    if not all((directory / name).is_file() for name in _NEEDED):
        raise ValueError("weights or tokenizer are missing")


def _windows(text: str, size: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yields where a window begins and ends, and between which places names in it count."""
    words = [match.span() for match in _WORD.finditer(text)]
    overlap = size // 4
    for first in range(0, max(1, len(words) - overlap), size - overlap):
        inside = words[first : first + size]
        if not inside:
            return
        is_last = first + size >= len(words)
        begin = inside[0][0] if first == 0 else inside[overlap // 2][0]
        end = len(text) if is_last else inside[size - overlap + overlap // 2][0]
        yield inside[0][0], inside[-1][1], (begin, end)
