"""Signatures of the node under what its people signed: compact JWS (RFC 7515) with EdDSA (RFC 8037)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

import orjson

from xinglin.foundation.clock import Clock

from .chain import PUBLIC_KEYS, KeyRing, read_keys
from .model import AuditSettings


class Signatures:
    """Signs with the key that also signs the anchors of the audit trail. Public keys stay for ever in ``keys.jsonl`` in
    the audit folder, so that a signature can be checked as long as that is kept. The two kinds of message cannot be
    taken for each other: a JWS begins with its header, an anchor never does."""

    def __init__(self, folder: Path, settings: AuditSettings, clock: Clock) -> None:
        self._keys = KeyRing(folder, settings.key_days)
        self._public = folder / PUBLIC_KEYS
        self._clock = clock

    def sign(self, claims: dict[str, Any]) -> str:
        """``claims`` signed by this node now. Raises UNAVAILABLE where its key cannot be used."""
        key = self._keys.signing(self._clock.now())
        header = {"alg": "EdDSA", "typ": "JWT", "kid": key.id}
        signed = f"{_text(orjson.dumps(header))}.{_text(orjson.dumps(claims, option=orjson.OPT_SORT_KEYS))}"
        return f"{signed}.{_text(key.sign(signed.encode()))}"

    def claims_of(self, jws: str) -> dict[str, Any] | None:
        """What this node signed; None where it is no signature of a key that this node has had."""
        signed, _, signature = jws.rpartition(".")
        try:
            header, claims = (orjson.loads(_bytes(part)) for part in signed.split("."))
            key = next(one for one in read_keys(self._public) if one.id == header["kid"])
            holds = header["alg"] == "EdDSA" and key.has_signed(signed.encode(), _bytes(signature))
        except (ValueError, KeyError, TypeError, StopIteration, binascii.Error):
            return None
        return claims if holds and isinstance(claims, dict) else None


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
