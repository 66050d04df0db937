"""The chain of entries, its anchors, and what shows that either was changed."""

from .digest import GENESIS, canonical_of_row, linked
from .linker import Linker

__all__ = ["GENESIS", "Linker", "canonical_of_row", "linked"]
