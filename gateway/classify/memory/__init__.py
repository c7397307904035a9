"""What was read before: places and types by keyed digest of the text, never the text."""
