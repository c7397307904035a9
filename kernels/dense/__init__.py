"""Attention to everything before, of one new token a request, over the paged cache of `kernels.msa.layout`.

M3's first layers do not select. `dense_decode` takes device tensors, never synchronises with the host, and can be
captured in a CUDA graph.
"""

from kernels.dense.launch import dense_decode

__all__ = ["dense_decode"]
