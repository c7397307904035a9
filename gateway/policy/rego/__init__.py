"""A strict reader for the portable subset of Rego v1 that policies are written in. It checks; it never evaluates.

regopy's front end accepts what OPA refuses (a misspelt name is merely undefined there, and can turn a denial off or
on), and some texts make it abort the process. So nothing reaches it that this package has not read to the end.
Whatever this reader does not know is refused. The subset leaves out, on purpose: `=`, bare `some x`, iteration by an
unbound index, partial objects, interpolated strings, and `with` outside tests.
"""
