"""Errors of the in-house model.

SelfhostError
├── ConfigError         the model's config.json says something this engine does not know or cannot be
├── CheckpointError     a file of the checkpoint is missing, damaged, of another shape or dtype, or not allowed there
├── BadPrompt           no token at all, or one that is not in the vocabulary
├── PromptTooLong       more tokens than the model's context or the whole cache can hold
├── EngineFull          admission control: too much is waiting; nothing was accepted
└── EngineStopped       the engine ended or failed before an answer did

No message holds a prompt, an answer or a weight.
"""

from __future__ import annotations


class SelfhostError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(SelfhostError):
    """The config is not one this engine knows."""


class CheckpointError(SelfhostError):
    """The checkpoint must not be loaded, or cannot be."""


class BadPrompt(SelfhostError):
    """The prompt is empty, or holds what is no token of the vocabulary."""


class PromptTooLong(SelfhostError):
    """The prompt and the answer asked for do not fit."""


class EngineFull(SelfhostError):
    """Too much is waiting. Trying again later can help."""


class EngineStopped(SelfhostError):
    """The engine ended or failed before an answer did."""
