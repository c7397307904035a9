"""Registered code, documents and tables, recognised by keyed fingerprints of what was registered, never by its text."""
