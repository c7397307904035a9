"""Batches: many requests in one file, each sent as a request of its own when there is time for it."""
