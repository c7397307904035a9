"""Block selection for prefill: score every visible block by its best key, keep the 16 best."""
