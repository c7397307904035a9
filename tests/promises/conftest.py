"""Fixtures of these tests."""

from tests.integration.running import base, gateway, upstreams

__all__ = ["base", "gateway", "upstreams"]
