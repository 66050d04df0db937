"""Files of NDJSON and Bundles into a node's store, by several processes, resumable, with bounded memory."""

from pathlib import Path

from xinglin.foundation.database import Migrations

from .model import Tally
from .service import Loader, Progress, Summary
from .worker import Target

MIGRATIONS = Migrations("loading", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "Loader", "Progress", "Summary", "Tally", "Target"]
