"""Identifiers as a port; the server's own are UUIDv7 (RFC 9562), so they sort by the time they were made."""

from __future__ import annotations

import hashlib
import secrets
from typing import Protocol

import uuid_utils


class Ids(Protocol):
    """Where rooms get new identifiers and secrets; tests hand in a source that repeats."""

    def new(self) -> str:
        """A new UUIDv7 in its 36-character form."""
        ...

    def secret(self) -> str:
        """A new unguessable text of 256 bits, URL-safe."""
        ...


class SystemIds:
    """UUIDv7 from the system clock, secrets from the system's random source."""

    def new(self) -> str:
        return str(uuid_utils.uuid7())

    def secret(self) -> str:
        return secrets.token_urlsafe(32)


def derived(*parts: str) -> str:
    """The same UUID for the same parts everywhere (UUIDv8 of SHA-256), for effects that must happen once."""
    digits = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
