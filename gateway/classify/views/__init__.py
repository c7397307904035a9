"""Other readings of a text: decoded, normalised, joined with its neighbour. One kind of rewriting per module."""
