"""Who asks: keys and principals."""
