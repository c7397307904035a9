"""Documents and fingerprints through the whole classifier."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import digest_of
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.registry import Addition, empty_index, with_documents
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.errors import StartupError
from gateway.settings import ClassifySettings
from gateway.types import Category, Classification, Level
from tests.unit.gateway.classify.calls import call_with
from tests.unit.gateway.classify.documents.made import LINE, docx, pdf
from tests.unit.gateway.classify.fingerprints.conftest import prose, secret

CONTRACT = prose(21, 400)


@pytest.fixture(scope="module")
def detector() -> FingerprintDetector:
    fingerprinter = Fingerprinter(FingerprintKey.of(secret(7)))
    values = fingerprinter.values_of(CONTRACT, is_code=False)
    document = Registered("legal", "contract.md", Kind.DOCUMENT, 1, "", digest_of(values), int(values.size))
    index = with_documents(empty_index("default", values[:0]), [Addition(document, values)])
    return FingerprintDetector(index, fingerprinter)


@pytest.fixture(scope="module")
def reading(detector: FingerprintDetector) -> CallClassifier:
    return build_classifier(ClassifySettings(), time.monotonic, detector)


def read(classifier: CallClassifier, content: bytes) -> Classification:
    data = base64.b64encode(content).decode()
    block = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}
    classifier.read(call_with({"content": [block]}))  # the first document waits for the process to start
    return classifier.read(call_with({"content": [block, {"type": "text", "text": "What does it say?"}]}))


@pytest.mark.parametrize("make", [pdf, docx], ids=["pdf", "docx"])
def test_personal_data_in_a_document_is_found_and_the_document_is_not_opaque(
    reading: CallClassifier, make: object
) -> None:
    assert callable(make)
    content = read(reading, make(LINE, *[f"line {n} of a page" for n in range(300)]))
    assert {"CREDIT_CARD", "EMAIL_ADDRESS"} <= {finding.type for finding in content.findings}
    assert Category.OPAQUE not in content.labels.categories
    assert content.failed == ()


def test_a_document_with_a_picture_is_read_and_opaque_as_well(reading: CallClassifier) -> None:
    content = read(reading, docx(LINE, parts={"word/media/image1.png": b"\x89PNG" + bytes(4000)}))
    assert {"CREDIT_CARD", "DOCUMENT"} <= {finding.type for finding in content.findings}
    assert Category.OPAQUE in content.labels.categories


def test_a_registered_document_is_recognised_inside_a_pdf(
    reading: CallClassifier, detector: FingerprintDetector
) -> None:
    content = read(reading, pdf(*[CONTRACT[at : at + 80] for at in range(0, 1600, 80)]))
    assert "REGISTERED_DOCUMENT" in {finding.type for finding in content.findings}
    assert content.labels.level >= Level.RESTRICTED
    assert content.index_root == detector.root


def test_a_call_without_registered_content_names_the_index_too(
    reading: CallClassifier, detector: FingerprintDetector
) -> None:
    content = reading.read_text("hello there")
    assert content.index_root == detector.root
    assert content.findings == ()


def test_reading_pictures_without_the_program_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartupError, match="tesseract"):
        build_classifier(ClassifySettings(ocr="eng"))
