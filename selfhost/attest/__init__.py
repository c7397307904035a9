"""Proof of what is served: signed checkpoints, the profile of a closed house, canaries, provenance of answers."""
