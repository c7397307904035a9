"""Values that issuers print as examples, or that all copies of a simulator share: known to everybody, good for nothing.

Only the whole value counts, character for character, so no real credential can pass for one: whoever holds a real one
cannot choose it. What merely holds `EXAMPLE` is no example.
"""

from __future__ import annotations

from typing import Final

PRINTED_SCORE: Final = 450
"""As of a value whose checksum fails: the form is right, and it opens nothing. It still counts, and is still masked."""
_PRINTED: Final = frozenset(
    (
        # AWS: command line examples and service models, and the values that its own scanner, git-secrets, lets pass
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AKIAI44QH8DHBEXAMPLE",
        "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        # Azure: storage emulator, learn.microsoft.com/azure/storage/common/storage-connect-azurite; Cosmos DB emulator
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
        # reCAPTCHA: the key for tests, developers.google.com/recaptcha/docs/faq
        "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
    )
)


def is_printed(value: str) -> bool:
    """Returns whether a value is one of those."""
    return value in _PRINTED
