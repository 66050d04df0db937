"""The store of R4 resources: current versions, history, search and the FHIR REST interface."""

from pathlib import Path

from xinglin.foundation.database import Migrations

from .model import Cause, Written
from .searching import SearchPage
from .service import Store

MIGRATIONS = Migrations("store", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "Cause", "SearchPage", "Store", "Written"]
