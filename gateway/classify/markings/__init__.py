"""Markings: what a text says about its own sensitivity, by the grammar of each marking system.

Prose about markings fires nothing: a banner stands alone in its line, a portion mark in brackets where a paragraph
begins, and a notice asserts something of the text it stands in.
"""

from gateway.classify.markings.detector import MarkingDetector

__all__ = ["MarkingDetector"]
