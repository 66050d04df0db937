"""The second wall: row-level security on the records themselves, written by hand and knowing nothing of the rules."""

from pathlib import Path

from xinglin.foundation.database import Migrations

MIGRATIONS = Migrations("wall", Path(__file__).parent / "migrations")
