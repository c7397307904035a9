"""The in-house model behind an OpenAI-compatible port. Meets the gateway over HTTP only."""
