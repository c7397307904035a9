"""Errors of the MSA kernels.

- KernelArgumentError (ValueError): an argument that a kernel cannot take; raised before any launch.
  - WorkspaceTooSmall: the buffer handed in as workspace is too short; says how many bytes are needed.
"""


class KernelArgumentError(ValueError):
    """An argument has a shape, dtype, stride, device or value that the kernels do not take."""


class WorkspaceTooSmall(KernelArgumentError):
    """The workspace has fewer bytes than the call needs."""
