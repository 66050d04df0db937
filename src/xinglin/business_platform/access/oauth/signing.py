"""The keys by which the node signs ID tokens: made when needed, used for a while, shown a little longer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import orjson
from joserfc import jwk, jwt

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import XinglinError

from ..model import AccessSettings
from ..secret import Seal
from . import repository

ALGORITHM = "RS256"
"""What OpenID Connect Core 1.0 §15.1 has every provider offer."""

_KEY_BITS = 3072
_SHOWN_LONGER = timedelta(days=2)
_ABOUT = "signing key"


class SigningKeys:
    """Private keys are sealed; one that cannot be opened any more is replaced by a new one."""

    def __init__(self, database: Database, clock: Clock, settings: AccessSettings, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._lasts = timedelta(days=settings.signing_key_days)
        self._seal = seal

    async def public(self) -> dict[str, Any]:
        """The JSON Web Key Set by which others verify (RFC 7517)."""
        async with self._database.connection() as connection:
            kept = await repository.signing_keys(connection, self._clock.now() - self._lasts - _SHOWN_LONGER)
        return {"keys": [public for _, _, public in kept]}

    async def sign(self, connection: Connection, claims: dict[str, Any]) -> str:
        """``claims`` as a JSON Web Token under the key of the time."""
        key = await self._current(connection)
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    async def _current(self, connection: Connection) -> jwk.RSAKey:
        for once_more in (True, False):
            kept = await repository.signing_keys(connection, self._clock.now() - self._lasts)
            for _, sealed, _ in kept:
                try:
                    return jwk.RSAKey.import_key(orjson.loads(self._seal.open(sealed, _ABOUT)))
                except XinglinError:
                    continue
            if once_more:
                await repository.signing_keys_one_at_a_time(connection)
        key = await asyncio.to_thread(jwk.RSAKey.generate_key, _KEY_BITS, auto_kid=True)
        assert key.kid is not None
        public = {**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM, "kid": key.kid}
        sealed = self._seal.close(orjson.dumps(key.as_dict(private=True)), _ABOUT)
        await repository.add_signing_key(connection, key.kid, sealed, public, self._clock.now())
        return key
