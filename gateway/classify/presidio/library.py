"""Presidio and spaCy, imported once and lightly. Importing this costs about a second: whoever needs it does so late.

TRAP: `import spacy` pulls in its command line (typer, weasel, httpx, rich: 0.33 s, 20 MB) for one name, `info`, that
nothing here uses. A stand-in takes its place while spaCy loads and leaves at once, so the real one can still load.

TRAP: thinc, beneath spaCy, and Presidio import torch and others wherever they are installed: seconds, and hundreds of
megabytes. `None` in `sys.modules` reads as "not installed" until the imports below are done; what was loaded before
stays.
"""

from __future__ import annotations

import logging
import sys
import types

_STAND_INS = ("spacy.cli", "spacy.cli.info")
_NOT_FOR_US = [name for name in ("torch", "cupy", "transformers", "stanza", "gliner") if name not in sys.modules]
for _name in _STAND_INS:
    sys.modules.setdefault(_name, types.ModuleType(_name)).__dict__.setdefault("info", None)
sys.modules.update(dict.fromkeys(_NOT_FOR_US))  # type: ignore[arg-type]  # None is what the import system documents
import spacy  # noqa: E402

for _name in _STAND_INS:
    if sys.modules[_name].__dict__.get("__file__") is None:
        del sys.modules[_name]

import tldextract  # noqa: E402
from presidio_analyzer import (  # noqa: E402
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import NlpArtifacts  # noqa: E402
from presidio_analyzer.predefined_recognizers import (  # noqa: E402
    IbanRecognizer,
    PhoneRecognizer,
    ZaMobileNumberRecognizer,
    ZaTelephoneNumberRecognizer,
)
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider  # noqa: E402
from spacy.language import Language  # noqa: E402

for _name in _NOT_FOR_US:
    del sys.modules[_name]

__all__ = [
    "EntityRecognizer",
    "IbanRecognizer",
    "Language",
    "NlpArtifacts",
    "Pattern",
    "PatternRecognizer",
    "PatternTimeout",
    "PhoneRecognizer",
    "RecognizerRegistryProvider",
    "RecognizerResult",
    "ZaMobileNumberRecognizer",
    "ZaTelephoneNumberRecognizer",
    "pin_suffix_list",
    "predefined_recognizers",
    "quieten",
    "spacy",
]


class PatternTimeout(Exception):
    """A pattern did not finish. Not a `TimeoutError`, which Presidio would take for "nothing found"."""


class _RefuseToSkip(logging.Filter):
    """Presidio's log: says nothing (records may quote candidates) and turns a skipped pattern into an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "timed out" in str(record.msg):
            raise PatternTimeout
        return False


def quieten() -> None:
    """Lets Presidio's log say nothing: the IBAN recognizer logs the candidate, a skipped pattern is only a warning."""
    log = logging.getLogger("presidio-analyzer")
    log.setLevel(logging.WARNING)
    if not any(isinstance(each, _RefuseToSkip) for each in log.filters):
        log.addFilter(_RefuseToSkip())


def pin_suffix_list() -> None:
    """Takes public suffixes from the list in the package: nothing is fetched, nothing is written to a cache."""
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract("example.com")
