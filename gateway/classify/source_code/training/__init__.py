"""How the bigram table of the source code detector is made; needs files that are not shipped."""
