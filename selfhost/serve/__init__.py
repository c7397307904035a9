"""The in-house model's server: OpenAI's and Anthropic's endpoints over one engine."""
