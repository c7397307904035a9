"""Where a prompt may go and how to speak there."""
