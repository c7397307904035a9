from __future__ import annotations

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.settings import ClassifySettings


@pytest.fixture(scope="session")
def exact() -> CallClassifier:
    """A classifier that remembers nothing and looks for no names: what has a form of its own is the subject here."""
    return build_classifier(ClassifySettings(cache_bytes=0, names="off"))
