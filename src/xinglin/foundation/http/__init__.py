"""HTTP as every room speaks it: the principal, permissions on routes, problems, bounded bodies, live events."""

from .body import read_body
from .principal import Principal, needs, principal_of
from .problem_details import problem, wants_chinese

__all__ = ["Principal", "needs", "principal_of", "problem", "read_body", "wants_chinese"]
