"""Errors of the routers.

RoutersError
├── CatalogError            the catalogue cannot be read or contradicts itself
├── UnknownModel            nobody offers the model the caller named
├── EgressForbidden         an attempt without a valid, unspent permit for exactly this destination and body
├── UpstreamUnreachable     no connection, no answer in time, or the connection broke before the status line
├── UpstreamCut             the answer ended, stalled or turned to garbage after its first byte
├── DialectUnsupported      no way to speak the caller's dialect at this destination
└── AttemptsExhausted       every target of the plan was refused or failed

No message carries prompt text, a body or a credential.
"""

from __future__ import annotations

from routers.types import DestinationId, Ending, Failure


class RoutersError(Exception):
    """Base of every error the routers raise."""


class CatalogError(RoutersError):
    """The catalogue cannot be read or contradicts itself."""


class UnknownModel(RoutersError):
    """Nobody offers the model. The name is the caller's own and is safe to return to that caller only."""

    def __init__(self, model: str) -> None:
        super().__init__("the requested model is not in the catalogue")
        self.model = model


class EgressForbidden(RoutersError):
    """An attempt without a valid, unspent permit for exactly this destination and body. Nothing was sent."""


class UpstreamUnreachable(RoutersError):
    """No connection, no answer in time, or the connection broke before the status line.

    `sent` tells whether any byte of the request may have left.
    """

    def __init__(self, destination: DestinationId, reason: str, *, sent: bool) -> None:
        super().__init__(f"{destination}: {reason}")
        self.destination = destination
        self.reason = reason
        self.sent = sent


class UpstreamCut(RoutersError):
    """The answer ended, stalled or turned to garbage after its first byte had been passed on."""

    def __init__(self, destination: DestinationId, ending: Ending) -> None:
        super().__init__(f"{destination}: {ending.value}")
        self.destination = destination
        self.ending = ending


class DialectUnsupported(RoutersError):
    """No way to speak the caller's dialect at this destination."""


class AttemptsExhausted(RoutersError):
    """Every target of the plan was refused or failed. `failures` are in the order of the attempts."""

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        super().__init__(f"{len(failures)} attempts failed")
        self.failures = failures
