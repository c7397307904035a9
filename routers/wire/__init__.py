"""Wire dialects."""
