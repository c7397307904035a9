"""The doors through which bytes leave."""
