"""The 64-bit numbers that stand for paths and values in the index.

They are stored, so they must be the same in every process and release: BLAKE2b with 8 bytes, big-endian,
signed as PostgreSQL's ``bigint``. Two values of one path share a number with a chance of 2⁻⁶⁴ per pair.

What a reference leads to is numbered by SHA-256 instead and joined to its path by exclusive or: PostgreSQL can make
that number of a row too (``query``), so that chains are followed inside one statement.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b, sha256

_SEPARATOR = "\x1e"


@lru_cache(maxsize=131_072)
def number_of(text: str) -> int:
    """The number of ``text``."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def token_number(path: str, form: str) -> int:
    """The number that says "this path has a value of this form"."""
    return number_of(f"{path}{_SEPARATOR}{form}")


def reference_number(path: int, form: str) -> int:
    """The number that says "this path, of this number, refers to ``form``", as ``Type/id`` or a URL."""
    return path ^ _target_number(form)


def contained_number(path: int, number: int) -> int:
    """The number that says of a resource's own, contained one, to which it refers under ``path``, what ``number``
    says of a resource."""
    return number_of(f"{path}{_SEPARATOR}contained{_SEPARATOR}{number}")


@lru_cache(maxsize=65_536)
def _target_number(form: str) -> int:
    return int.from_bytes(sha256(form.encode()).digest()[:8], "big", signed=True)
