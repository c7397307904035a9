"""What a classification counts for: who asks, which conversation it belongs to, where it would go, what went before."""
