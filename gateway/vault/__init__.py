"""What state that a destination keeps still stands for: the values behind its stand-ins, and how sensitive it is."""
