"""The same selection for long prompts, out of eight-bit products and a few bf16 ones."""
