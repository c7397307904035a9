"""Errors of the MSA kernels.

- KernelArgumentError (ValueError): an argument that a kernel cannot take; raised before any launch.
  - WorkspaceTooSmall: the buffer handed in as workspace is too short; `needed_bytes` is what the call takes.
"""


class KernelArgumentError(ValueError):
    """An argument has a shape, dtype, stride, device or value that the kernels do not take."""


class WorkspaceTooSmall(KernelArgumentError):
    """The workspace has fewer bytes than the call needs.

    Attributes:
        needed_bytes: what it needs; a call with an empty workspace asks for it. It depends on shapes and plan alone.
            A selection that ranks exchange by an all-gather asks twice: first for what is exchanged, then for all.
    """

    def __init__(self, has_bytes: int, needed_bytes: int) -> None:
        super().__init__(f"workspace has {has_bytes} bytes; this call needs {needed_bytes}")
        self.needed_bytes = needed_bytes
