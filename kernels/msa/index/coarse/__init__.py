"""The same selection out of fewer bytes: rotated five-bit keys, and bf16 keys where their error leaves it open."""
