"""Measurements: bounded, on loopback, never part of the timed tests."""
