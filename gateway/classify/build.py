"""Which detectors the classifier runs, in order. No logic: a new detector is one line here."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import TextDetector
from gateway.classify.documents.letters import find_letter_reader
from gateway.classify.documents.reading import ReadingProcess
from gateway.classify.documents.source import DocumentSource
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.markings import MarkingDetector
from gateway.classify.memory.opening import open_memory
from gateway.classify.recognizers.identifiers import IdentifierDetector
from gateway.classify.recognizers.plausible import PlausibleDetector
from gateway.classify.recognizers.rows import DECOYS, IDENTIFIER_ROWS, SOUGHT_HERE
from gateway.classify.release import release_revision
from gateway.classify.secrets import SecretDetector
from gateway.classify.source_code import SourceCodeDetector
from gateway.classify.taxonomy.table import TYPES
from gateway.settings import ClassifySettings


def build_classifier(
    settings: ClassifySettings,
    monotonic_s: Callable[[], float] = time.monotonic,
    fingerprints: FingerprintDetector | None = None,
    cache_secret: bytes | None = None,
) -> CallClassifier:
    """Returns the classifier with everything loaded: about a second, no network, no files written.

    `fingerprints` finds what is registered; it needs a key, so whoever has the secrets opens it (`open_watch`).
    `cache_secret` are 32 octets that the workers of a fleet share, to share with them what was read before.
    """
    # Presidio and spaCy take a second to import, so this happens when a classifier is built, not when it is mentioned.
    from gateway.classify.names.detector import open_names  # noqa: PLC0415
    from gateway.classify.names.large.detector import off_the_loop, open_large_names  # noqa: PLC0415
    from gateway.classify.presidio import PresidioDetector, custom_recognizers, load_recognizers  # noqa: PLC0415
    from gateway.classify.recognizers.by_label import own_recognizers  # noqa: PLC0415

    recognizers = [
        *load_recognizers(settings.languages, frozenset(TYPES) - SOUGHT_HERE, settings.countries),
        *own_recognizers(),
        *custom_recognizers(settings.recognizers),
    ]
    identifiers = IdentifierDetector(IDENTIFIER_ROWS, DECOYS)
    detectors: list[TextDetector] = [
        PlausibleDetector(PresidioDetector(recognizers, score_milli=settings.score_milli), labels=identifiers),
        PlausibleDetector(identifiers, frozenset(("CREDIT_CARD",))),
        SecretDetector(),
        SourceCodeDetector(),
        MarkingDetector(),
        *open_names(settings.names),
        *open_large_names(settings),
        *([] if fingerprints is None else [fingerprints]),
    ]
    documents = DocumentSource(ReadingProcess(), find_letter_reader(settings.ocr) if settings.ocr else None)
    return CallClassifier(
        detectors,
        off_the_loop(settings),
        monotonic_s,
        sources=[documents],
        kept=open_memory(settings, cache_secret, monotonic_s),
        index_root=(lambda: fingerprints.root) if fingerprints is not None else str,
        release=release_revision(settings),
    )
