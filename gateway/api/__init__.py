"""Wire in and wire out."""
