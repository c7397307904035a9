"""Checkpoints: the released layout, read and written without running any of it."""
