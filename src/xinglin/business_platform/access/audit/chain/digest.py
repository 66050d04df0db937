"""The hash that links an entry to the one before it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from ..model import Digest, Entry, Row

GENESIS = bytes(32)
"""What the first entry is linked to."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def linked(previous: bytes, canonical: bytes, digest: Digest) -> bytes:
    """The 32-byte hash of an entry: SHA-256 (FIPS 180-4) or SM3 (GB/T 32905-2016) of the hash before it and its
    canonical bytes."""
    return hashlib.new(digest, previous + canonical).digest()


def canonical_of_row(row: Row, sequence: int | None = None) -> bytes:
    """The bytes of an entry that are hashed: what the table holds of it in one fixed form, as JSON, and its detail as
    it was written. With ``sequence``, as if it stood there."""
    place = row.sequence if sequence is None else sequence
    return _canonical(row, place, row.resources, row.patients, row.detail)


def canonical_of_entry(entry: Entry, sequence: int) -> bytes:
    """As ``canonical_of_row``, of an entry that is about to become the row ``sequence``."""
    return _canonical(entry, sequence, entry.resources.split(), entry.patients.split(), bytes(entry.detail))


def _canonical(of: Any, sequence: int, resources: list[str], patients: list[str], detail: bytes) -> bytes:
    head = (
        sequence,
        of.tenant,
        _microseconds(of.recorded),
        of.principal,
        of.name,
        of.action,
        of.interaction,
        of.focus,
        of.status,
        of.emergency,
        resources,
        patients,
    )
    return _encode(head) + b"\n" + detail


def _microseconds(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
