"""HTTP as every room speaks it: the principal, permissions on routes, problems, bounded bodies, live events."""

from .arrival import arrival_of, note_arrival
from .body import read_body
from .principal import OWN_TENANT, Principal, needs, principal_of
from .problem_details import problem, wants_chinese
from .touched import Touched, touched_of

__all__ = [
    "OWN_TENANT",
    "Principal",
    "Touched",
    "arrival_of",
    "needs",
    "note_arrival",
    "principal_of",
    "problem",
    "read_body",
    "touched_of",
    "wants_chinese",
]
