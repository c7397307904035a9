"""Simulated providers: the real wire formats over real HTTP on loopback, in a process of their own.

They are no language models. They answer from the prompt they received, say in every answer that they are simulated,
and remember the raw bytes of every request, so that what left the gateway can be checked at the far end.
`python -m gateway.demo.simulated --help` starts them.
"""
