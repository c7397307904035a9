"""The tables of the log as readers see them, for SQLAlchemy. The writer makes them: `gateway.audit.ddl`.

Only the read side imports this module, so the proxy's process never loads SQLAlchemy.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

entry = Table(
    "entry",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request_id", Text),
    Column("attempt_id", Text),
    Column("tenant", Text),
    Column("app", Text),
    Column("key_id", Text),
    Column("destination", Text),
    Column("level", Text),
    Column("result", Text),
    Column("model_requested", Text),
    Column("leaf", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""One row per record. `body` holds the canonical bytes; the other columns repeat it for searching."""

entry_rule = Table(
    "entry_rule",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
)
"""The rule ids that an entry names."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    Column("note", Text, nullable=False),
)
"""Signed checkpoints, by the number of entries they cover."""
