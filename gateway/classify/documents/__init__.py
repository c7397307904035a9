"""Text of documents: PDF, HTML, Office, rich text, read within bounds and never trusted."""
