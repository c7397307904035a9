"""Presidio and spaCy, imported once and lightly. Importing this costs about a second: whoever needs it does so late.

Stand-ins take the place of what these packages import and nothing here needs, while they load, and leave at once, so
the real ones can still load.

TRAP: `import spacy` pulls in its command line (typer, weasel, httpx, rich: 0.33 s, 20 MB) for one name, `info`, and
every part a pipeline can have (spacy.ml, layers of thinc, numpy.random: 10 MB), of which taking words apart needs none.

TRAP: `import tldextract` pulls in what it would fetch its list with and lock its cache with (requests, urllib3,
charset_normalizer, filelock: 7 MB). Its list comes from the package and it has no cache (`pin_suffix_list`). filelock
besides hooks into every audit event of the process, each `id()` among them.

TRAP: thinc, beneath spaCy, and Presidio import torch and others wherever they are installed: seconds, and hundreds of
megabytes. `None` in `sys.modules` reads as "not installed" until the imports below are done; what was loaded before
stays.
"""

from __future__ import annotations

import logging
import sys
import types
from importlib.util import find_spec


class _StandIn(types.ModuleType):
    """A module in the place of one that is not needed."""


class _NoSession:
    """Fetches nothing. tldextract opens one and closes it, also where it has nowhere to fetch from."""

    def mount(self, prefix: str, adapter: object) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _parts_of(package: str, name: str) -> list[str]:
    """Where the modules of a package's part lie, so that they can be imported though the part itself is not."""
    found = find_spec(package)
    return [f"{place}/{name}" for place in (found.submodule_search_locations or () if found else ())]


_STAND_INS: dict[str, dict[str, object]] = {
    "spacy.cli": {},
    "spacy.cli.info": {"info": None},
    "spacy.pipeline": {"__path__": _parts_of("spacy", "pipeline"), "Lemmatizer": object, "Pipe": object},
    "requests": {"Session": _NoSession, "exceptions": types.SimpleNamespace(RequestException=OSError)},
    "requests_file": {"FileAdapter": _NoSession},  # closed by the real session, where that was loaded before
    "filelock": {"FileLock": None},
}
_BUILT_ON_THEM = ("spacy.lang.en", "spacy.lang.en.lemmatizer")
"""Loaded again when somebody wants an English pipeline: its lemmatizer is none now."""
_NOT_FOR_US = [name for name in ("torch", "cupy", "transformers", "stanza", "gliner") if name not in sys.modules]
for _name, _members in _STAND_INS.items():
    if _name not in sys.modules:
        sys.modules[_name] = _StandIn(_name)
        sys.modules[_name].__dict__.update(_members)
_is_light = isinstance(sys.modules["spacy.pipeline"], _StandIn)
sys.modules.update(dict.fromkeys(_NOT_FOR_US))  # type: ignore[arg-type]  # None is what the import system documents
import spacy  # noqa: E402
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
    CreditCardRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
    ZaMobileNumberRecognizer,
    ZaTelephoneNumberRecognizer,
)
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider  # noqa: E402
from spacy.lang.en import EnglishDefaults  # noqa: E402
from spacy.language import Language, create_tokenizer  # noqa: E402
from spacy.vocab import create_vocab  # noqa: E402

for _name in _STAND_INS:
    if isinstance(sys.modules[_name], _StandIn):
        del sys.modules[_name]
for _name in _BUILT_ON_THEM if _is_light else ():
    del sys.modules[_name]
for _name in _NOT_FOR_US:
    del sys.modules[_name]

__all__ = [
    "CreditCardRecognizer",
    "EnglishDefaults",
    "EntityRecognizer",
    "IbanRecognizer",
    "IpRecognizer",
    "Language",
    "NlpArtifacts",
    "Pattern",
    "PatternRecognizer",
    "PatternTimeout",
    "PhoneRecognizer",
    "RecognizerRegistryProvider",
    "RecognizerResult",
    "UsSsnRecognizer",
    "ZaMobileNumberRecognizer",
    "ZaTelephoneNumberRecognizer",
    "create_tokenizer",
    "create_vocab",
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
