"""The rules: Cedar decides, a filter in SQL and row-level security hold what it decided (decision 0015)."""

from pathlib import Path

from xinglin.foundation.database import Migrations

from .governing import Governing
from .law import Law, Rule, shipped
from .locating import candidates
from .model import Glass, PolicySettings
from .projection import watch
from .routes import Locate, router
from .service import BREAK_GLASS_USED, Explained, Policies, Sees
from .session import NOBODY
from .wall import MIGRATIONS as WALL_MIGRATIONS

MIGRATIONS = Migrations("policy", Path(__file__).parent / "migrations")

__all__ = [
    "BREAK_GLASS_USED",
    "MIGRATIONS",
    "NOBODY",
    "WALL_MIGRATIONS",
    "Explained",
    "Glass",
    "Governing",
    "Law",
    "Locate",
    "Policies",
    "PolicySettings",
    "Rule",
    "Sees",
    "candidates",
    "router",
    "shipped",
    "watch",
]
