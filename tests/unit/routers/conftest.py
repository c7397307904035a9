"""Fixtures of the routers' tests."""

from tests.fakes.fixtures import other_upstream, upstream

__all__ = ["other_upstream", "upstream"]
