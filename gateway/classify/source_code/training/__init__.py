"""How the table of trigrams of the source code detector is made; needs files that are not shipped."""
