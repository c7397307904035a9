"""The engine: pages, model, attention, scheduling, sampling. One idea a file."""
