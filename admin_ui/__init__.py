"""The admin page: its own ASGI app on a read-only database role."""
