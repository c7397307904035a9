"""Which types of findings there are, what category each belongs to, and the lowest level of a category."""
