"""PostgreSQL, the truth: a pool, transactions at the edge, and the migrations of every room.

Only ``repository.py`` files speak SQL; they receive a ``Connection``. ``json`` columns travel as UTF-8 bytes.
"""

from .migration import Migrations, execute_script, known_revisions, migrate, pending
from .pool import Connection, Database, DatabaseSettings, open_database

__all__ = [
    "Connection",
    "Database",
    "DatabaseSettings",
    "Migrations",
    "execute_script",
    "known_revisions",
    "migrate",
    "open_database",
    "pending",
]
