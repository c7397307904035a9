"""The same selection out of fewer bytes: rotated five-bit keys, and bf16 keys only where their error bound leaves it open."""
