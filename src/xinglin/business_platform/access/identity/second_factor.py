"""Codes by time (RFC 6238) and the codes on paper for the day the phone is lost."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime

import pyotp

from xinglin.foundation.database import Connection

from ..secret import Seal, hash_of
from .repository import credential as repository

_STEP_SECONDS = 30
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_DIGITS = re.compile(r"[0-9]{6}")


class SecondFactor:
    """Codes of one account; each is taken once."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def propose(self, connection: Connection, account: str, name: str, issuer: str) -> str | None:
        """A new secret as ``otpauth`` address, valid once a code of it came back; None where one is in force."""
        secret = pyotp.random_base32()
        if not await repository.propose_totp(connection, account, self._seal.close(secret.encode(), account)):
            return None
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)

    async def in_force(self, connection: Connection, account: str) -> bool:
        found = await repository.totp(connection, account)
        return found is not None and found.confirmed

    async def spend(self, connection: Connection, account: str, code: str, now: datetime) -> bool:
        """Whether ``code`` is one of the time, of the 30 seconds before or after, and was not used; it is now."""
        found = await repository.totp(connection, account)
        if found is None or not _DIGITS.fullmatch(code):
            return False
        totp = pyotp.TOTP(self._seal.open(found.sealed, account).decode())
        current = int(now.timestamp()) // _STEP_SECONDS
        for step in (current - 1, current, current + 1):
            if hmac.compare_digest(totp.at(step * _STEP_SECONDS), code):
                return await repository.spend_totp(connection, account, step, now)
        return False

    async def new_recovery_codes(self, connection: Connection, account: str) -> list[str]:
        """Ten codes of 80 bits instead of those before; told once."""
        codes = [_written(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(_RECOVERY_CODES)]
        await repository.set_recovery_codes(connection, account, [hash_of(_plain(code)) for code in codes])
        return codes

    async def spend_recovery(self, connection: Connection, account: str, code: str, now: datetime) -> bool:
        return await repository.spend_recovery_code(connection, account, hash_of(_plain(code)), now)


def _written(code: bytes) -> str:
    text = base64.b32encode(code).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).upper()
