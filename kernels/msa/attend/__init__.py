"""Attention over the selected blocks, for prefill."""
