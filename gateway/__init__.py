"""The gateway.

regopy must be the first native library of the process: it exports its own allocator, and when greenlet, numpy or grpc
are loaded before it every evaluation leaks (measured: 34.75 KB each; see docs/decisions/004-embedded-rego.md).
"""

import regopy  # noqa: F401  (import order is the point, see above)
