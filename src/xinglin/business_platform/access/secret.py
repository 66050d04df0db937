"""Secrets as they are kept: by their hash alone, or sealed with the node's own key where they must be read again."""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xinglin.foundation.errors import Category, XinglinError

_NONCE_BYTES = 12
_STAMP_BYTES = 8
_MAC_BYTES = 32


def hash_of(secret: str) -> bytes:
    """SHA-256 of a secret of 256 random bits; a shorter one needs argon2id instead."""
    return hashlib.sha256(secret.encode()).digest()


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class Seal:
    """Seals with a key of 32 bytes that stays in the data folder, so that a copy of the database tells nothing."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"seal" + key).digest())
        self._mac_key = hashlib.sha256(b"mac" + key).digest()

    def close(self, content: bytes, about: str) -> bytes:
        """``content`` encrypted and bound to ``about`` (AES-256-GCM)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """The content. Raises CONFLICT where the key is another one, as after the data folder was lost."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except InvalidTag as error:
            raise XinglinError(
                Category.CONFLICT,
                "This was sealed with a key that this node no longer has; ask a security administrator to reset it.",
                "加密密钥已更换，无法读取；请联系安全管理员重置",
            ) from error

    def stamp(self, about: str, expires_at: datetime) -> bytes:
        """A challenge that only this node can have made, for ``about``, until ``expires_at``; 56 bytes."""
        body = os.urandom(16) + int(expires_at.timestamp()).to_bytes(_STAMP_BYTES, "big")
        return body + self.mac(body, about)

    def stamped(self, stamp: bytes, about: str, now: datetime) -> datetime | None:
        """When a stamp of this node for ``about`` ends; None where it is not one, or too old."""
        body, mac = stamp[:-_MAC_BYTES], stamp[-_MAC_BYTES:]
        if len(body) != 16 + _STAMP_BYTES or not hmac.compare_digest(mac, self.mac(body, about)):
            return None
        expires_at = datetime.fromtimestamp(int.from_bytes(body[16:], "big"), UTC)
        return expires_at if expires_at > now else None

    def mac(self, content: bytes, about: str) -> bytes:
        return hmac.digest(self._mac_key, about.encode() + b"\x00" + content, "sha256")
