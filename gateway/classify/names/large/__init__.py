"""A large model of the operator's own as second opinion on names: in a process of its own, from a pinned directory."""
