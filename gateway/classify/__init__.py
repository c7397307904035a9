"""What a call carries."""
