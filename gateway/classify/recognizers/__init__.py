"""Recognizers of our own. TRAP: `by_label` imports Presidio, a second; this module must not import it."""
