"""The in-house model behind an OpenAI-compatible port."""
