"""What a node can hold and what it costs: pure functions and a table of dated figures."""
