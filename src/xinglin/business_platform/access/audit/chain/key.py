"""The node's keys that sign anchors: one private at a time, and every public one there was."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from xinglin.foundation.errors import Category, XinglinError

from ..model import Anchor

PUBLIC_KEYS = "keys.jsonl"
_PRIVATE = "anchor.key"


class PublicKey(msgspec.Struct, frozen=True):
    """An Ed25519 key (RFC 8032) by which anchors can be checked, and when it was used. ``id`` is the beginning of the
    SHA-256 of ``public``."""

    id: str
    public: bytes
    since: datetime
    until: datetime

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half of the key ``id``."""

    id: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``, which must not be what an anchor could say."""
        return self.private.sign(message)

    def signed(self, anchor: Anchor) -> Anchor:
        return msgspec.structs.replace(anchor, signature=self.private.sign(anchor.signed()))


class KeyRing:
    """The keys in one folder of the node. A private key that is missing or used up is replaced by a new one; public
    ones stay for ever, since old anchors are checked by them."""

    def __init__(self, folder: Path, days: int) -> None:
        self._folder = folder
        self._days = days

    def signing(self, now: datetime) -> SigningKey:
        """The key to sign with at ``now``. Raises UNAVAILABLE when the folder cannot be used."""
        try:
            return self._held(now) or self._made(now)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise XinglinError(
                Category.UNAVAILABLE,
                f"the anchors' key in {self._folder} cannot be used ({error}); move {_PRIVATE} away and the node makes"
                f" a new one, but keep {PUBLIC_KEYS}",
                f"无法使用 {self._folder} 中的锚点密钥（{error}）；移走 {_PRIVATE} 后系统会重新生成，"
                f"请保留 {PUBLIC_KEYS}",
            ) from error

    def _held(self, now: datetime) -> SigningKey | None:
        file = self._folder / _PRIVATE
        if not file.is_file():
            return None
        private = load_pem_private_key(file.read_bytes(), None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("it is no Ed25519 key")
        id_ = _id_of(_raw(private))
        known = next((key for key in read_keys(self._folder / PUBLIC_KEYS) if key.id == id_), None)
        return SigningKey(id_, private) if known is not None and known.since <= now < known.until else None

    def _made(self, now: datetime) -> SigningKey:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        public = _raw(private)
        key = PublicKey(_id_of(public), public, now, now + timedelta(days=self._days))
        append_line(self._folder / PUBLIC_KEYS, msgspec.json.encode(key))
        fresh = self._folder / f"{_PRIVATE}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(self._folder / _PRIVATE)
        return SigningKey(key.id, private)


def read_keys(file: Path) -> list[PublicKey]:
    """The public keys in ``file``, oldest first; none where there is no file. Raises ``msgspec.MsgspecError``."""
    if not file.is_file():
        return []
    return msgspec.json.Decoder(PublicKey).decode_lines(file.read_bytes())


def append_line(file: Path, line: bytes) -> None:
    """Add ``line`` to ``file`` and return when it is on disk."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as handle:
        handle.write(line + b"\n")
        handle.flush()
        os.fsync(handle.fileno())


def _raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _id_of(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]
