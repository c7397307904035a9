"""The detector `names_large`: people, places and organisations as the operator's own large model sees them.

It adds to what the detector `names` finds. When the model cannot answer in time it raises, so that the call counts as
regulated: a gateway that was told to ask a second reader does not go on without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from gateway.classify.detector import Budget, BudgetSpent, Passage, Span
from gateway.classify.names.countries import Countries, load_countries
from gateway.classify.names.detector import blank, span_of, windows
from gateway.classify.names.large.manifest import WrongFiles, manifest_sha256
from gateway.classify.names.large.process import WORKER, ModelOrder, ModelProcess, ModelUnavailable
from gateway.classify.names.model import Name
from gateway.errors import StartupError
from gateway.settings import ClassifySettings

NAME: Final = "names_large"
_LETTER: Final = re.compile(r"[^\W\d_]")
_ASKED: Final = "crf+large"


class Reading(Protocol):
    """A model that reads a text within `answer_s` seconds, or raises."""

    @property
    def answer_s(self) -> float:
        """The longest time for one text."""
        ...

    def names(self, text: str) -> list[Name]:
        """Returns the names in a text."""
        ...


class LargeNamesDetector:
    """Satisfies `gateway.classify.detector.TextDetector` and `Revised`. Safe to call from several threads; blocks."""

    name = NAME

    def __init__(self, reading: Reading, revision: str, countries: Countries) -> None:
        """Takes the model, a string that changes with it, and the countries."""
        self._reading = reading
        self._countries = countries
        self.revision = revision

    def may_find(self, passage: Passage) -> bool:
        """Returns `False` only for text without a letter."""
        return _LETTER.search(passage.text) is not None

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Yields the names. Raises `BudgetSpent`, or `ModelUnavailable` when the model does not answer in time."""
        for start, end in windows(passage.text):
            budget.check()
            # A model that is asked gets its full time: whoever cannot wait for it must not ask.
            if budget.deadline_s - budget.monotonic_s() < self._reading.answer_s:
                raise BudgetSpent
            text = blank(passage.text[start:end])
            for name in self._reading.names(text):
                yield span_of(name, text, start, self._countries)


def open_large_names(settings: ClassifySettings, command: Sequence[str] = WORKER) -> list[LargeNamesDetector]:
    """Returns the detector when `classify.names` asks for it, its model loaded; blocks until then.

    Raises:
        StartupError: no directory or hash is set, no call could wait for an answer, or the files are not the pinned
            ones or no such model.
    """
    if settings.names != _ASKED:
        return []
    chosen = settings.names_large
    if chosen.directory is None or not chosen.manifest_sha256:
        raise StartupError("classify.names_large: `crf+large` needs a directory and the hash of its manifest")
    if chosen.answer_s > settings.timeout_s / 2:
        raise StartupError("classify.names_large: `answer_s` is more than half of `classify.timeout_s`")
    process = ModelProcess(
        ModelOrder(str(chosen.directory.absolute()), chosen.manifest_sha256, chosen.answer_s, chosen.memory_mb),
        command=command,
    )
    try:
        if manifest_sha256(chosen.directory) != chosen.manifest_sha256:
            raise StartupError("classify.names_large: the files are not those of `manifest_sha256`")
        process.start()
    except WrongFiles as error:
        raise StartupError(f"classify.names_large: {error}") from None
    except ModelUnavailable:
        raise StartupError(
            "classify.names_large: the model does not load; is the extra `names-large` installed, and is it a "
            "token-classification model with a fast tokenizer and a label for people, or a complete GLiNER model?"
        ) from None
    return [LargeNamesDetector(process, chosen.manifest_sha256, load_countries())]


def off_the_loop(settings: ClassifySettings) -> ClassifySettings:
    """Returns the settings with every body read on a worker thread when a large model is asked: waiting blocks."""
    return settings.model_copy(update={"offload_bytes": 0}) if settings.names == _ASKED else settings
