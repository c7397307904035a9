"""Errors of attestation.

SelfhostError
├── CheckpointError
│   └── CheckpointRefused   the directory is not what was signed, or holds what must not be there; `reason` says which
└── AttestError             a key, an envelope or a recording cannot be read or made
"""

from __future__ import annotations

from enum import StrEnum

from selfhost.errors import CheckpointError, SelfhostError


class Reason(StrEnum):
    """Why a checkpoint is refused."""

    UNREADABLE = "unreadable"
    NOT_SIGNED = "not_signed"
    SIGNATURE = "signature"
    SYMLINK = "symlink"
    FORBIDDEN_FILE = "forbidden_file"
    EXTRA_FILE = "extra_file"
    MISSING_FILE = "missing_file"
    SIZE = "size"
    CONTENT = "content"
    NOT_SAFETENSORS = "not_safetensors"
    CODE_IN_CONFIG = "code_in_config"


class CheckpointRefused(CheckpointError):
    """The checkpoint must not be loaded. The message names files, never their content."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason


class AttestError(SelfhostError):
    """A key, an envelope or a recording cannot be read or made."""
