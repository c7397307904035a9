"""Layers of M3 on a CPU, compiled by numba. Importing this package imports nothing."""
