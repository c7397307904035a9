"""Decode selection shared out over ranks: each looks at its share of the blocks, and they exchange 16 keys a row."""
