"""GPU kernels of the in-house model. `kernels.msa` is MiniMax Sparse Attention; `kernels.bench` times it."""
