"""The chain of entries, its anchors, and what shows that either was changed."""

from .anchor import ANCHORED, ANCHORS, Anchorage, read_anchors
from .digest import GENESIS, canonical_of_row, linked
from .key import PUBLIC_KEYS, KeyRing, PublicKey, read_keys
from .linker import Linker
from .verify import Finding, Verdict, Verifier

__all__ = [
    "ANCHORED",
    "ANCHORS",
    "GENESIS",
    "PUBLIC_KEYS",
    "Anchorage",
    "Finding",
    "KeyRing",
    "Linker",
    "PublicKey",
    "Verdict",
    "Verifier",
    "canonical_of_row",
    "linked",
    "read_anchors",
    "read_keys",
]
