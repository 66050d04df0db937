"""PostgreSQL, the truth: a pool, transactions at the edge, and the migrations of every room.

Only ``repository.py`` files speak SQL; they receive a ``Connection``. ``json`` columns travel as UTF-8 bytes.
"""

from .disk import free_bytes
from .migration import Migrations, execute_script, is_current, known_revisions, migrate, pending
from .pool import (
    Connection,
    Database,
    DatabaseSettings,
    Session,
    Spoken,
    closed_database,
    current_session,
    open_database,
    session,
)

__all__ = [
    "Connection",
    "Database",
    "DatabaseSettings",
    "Migrations",
    "Session",
    "Spoken",
    "closed_database",
    "current_session",
    "execute_script",
    "free_bytes",
    "is_current",
    "known_revisions",
    "migrate",
    "open_database",
    "pending",
    "session",
]
