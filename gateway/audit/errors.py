"""Errors of the read side of the audit log. The write side raises `gateway.errors.AuditUnavailable`.

GatewayError
├── RequestError
│   └── EntryNotFound     404 entry_not_found     the log has no such entry
└── ServiceError
    ├── LogUnreadable     503 audit_unreadable    the database is missing or cannot be read
    └── NotYetSigned      503 not_yet_signed      no checkpoint covers the entry yet; within a second or so one will
"""

from __future__ import annotations

import sqlite3

from gateway.errors import RequestError, ServiceError


class EntryNotFound(RequestError):
    """The log has no such entry."""

    status = 404
    code = "entry_not_found"


class LogUnreadable(ServiceError):
    """The database is missing or cannot be read."""

    code = "audit_unreadable"


class NotYetSigned(ServiceError):
    """No checkpoint covers the entry yet."""

    code = "not_yet_signed"


def error_name(error: sqlite3.Error | OSError) -> str:
    """Returns a name that is safe to log: SQLite's own, or the class. Messages can quote what was being written."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
