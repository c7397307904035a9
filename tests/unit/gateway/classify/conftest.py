from __future__ import annotations

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.settings import ClassifySettings


@pytest.fixture(scope="session")
def classifier() -> CallClassifier:
    return build_classifier(ClassifySettings())


@pytest.fixture(scope="session")
def forgetful() -> CallClassifier:
    """A classifier that remembers nothing, so that what it costs is what reading costs."""
    return build_classifier(ClassifySettings(cache_bytes=0))
