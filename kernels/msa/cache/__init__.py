"""Per-head norm, partial rotary embedding and the write into the paged caches, in one launch."""
