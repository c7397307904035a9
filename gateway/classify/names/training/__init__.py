"""How the models are made: generated text, background text, one command (see `__main__`)."""
