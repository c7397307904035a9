"""What must not leave, and the way back."""
