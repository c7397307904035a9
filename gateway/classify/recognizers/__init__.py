"""Recognizers of our own."""

from gateway.classify.recognizers.by_label import own_recognizers

__all__ = ["own_recognizers"]
