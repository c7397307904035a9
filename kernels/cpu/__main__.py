"""Compiles all of it now, so that no server's start has to: `python -m kernels.cpu`. About fifteen seconds."""

from __future__ import annotations

from kernels.cpu import fused

if __name__ == "__main__":
    for weight in fused.WEIGHTS.values():
        fused.ready(weight)
