"""Credentials: the formats their issuers document, structures, and values beside words that announce them.

`formats` is the table, `structures` and `words` are the expressions without an issuer, `values` tells credentials from
stand-ins, `detector` runs them. Nothing is verified over a network.
"""

from gateway.classify.secrets.laid_out import SecretDetector

__all__ = ["SecretDetector"]
