"""Embedded everything, with simulated providers that say so."""
