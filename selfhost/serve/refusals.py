"""What a request is refused with. Each dialect shapes it in its own way; no message holds a value of the request."""

from __future__ import annotations

from enum import StrEnum

from selfhost.errors import BadPrompt, EngineFull, EngineStopped, PromptTooLong, SelfhostError


class Kind(StrEnum):
    """Why."""

    BAD = "bad"
    TOO_LONG = "too_long"
    NO_MODEL = "no_model"
    TOO_LARGE = "too_large"
    FULL = "full"
    STOPPED = "stopped"


class Refused(SelfhostError):
    """The request gets no answer. `field` names what is wrong in it, where one field is."""

    def __init__(self, kind: Kind, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.field = field


def bad(message: str, field: str | None = None) -> Refused:
    """Returns the refusal of a request that is wrong in itself."""
    return Refused(Kind.BAD, message, field)


def refusal_of(error: SelfhostError) -> Refused:
    """Returns what the engine's error means to the caller."""
    if isinstance(error, Refused):
        return error
    kinds = {BadPrompt: Kind.BAD, PromptTooLong: Kind.TOO_LONG, EngineFull: Kind.FULL, EngineStopped: Kind.STOPPED}
    return Refused(kinds.get(type(error), Kind.STOPPED), str(error))
