from __future__ import annotations

import pytest

from gateway.classify.classifier import CallClassifier, build_classifier
from gateway.settings import ClassifySettings


@pytest.fixture(scope="session")
def classifier() -> CallClassifier:
    return build_classifier(ClassifySettings())
