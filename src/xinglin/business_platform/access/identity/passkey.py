"""Passkeys (WebAuthn Level 3): discoverable, checked with the person present and verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection
from xinglin.foundation.errors import Category, XinglinError

from ..secret import Seal, hash_of
from .model import Account, Passkey
from .repository import attempt, credential

_LASTS = timedelta(minutes=5)
_SIGN_IN = "passkey/sign-in"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the browser is: passkeys belong to the host (``rp_id``), and are used from its pages (``origin``)."""

    rp_id: str
    origin: str


class Passkeys:
    """Challenges are stamped by the node instead of kept, and spent when they come back."""

    def __init__(self, clock: Clock, seal: Seal, node_name: str) -> None:
        self._clock = clock
        self._seal = seal
        self._node_name = node_name

    def new_options(self, account: Account, known: list[Passkey], site: Site) -> dict[str, Any]:
        """What ``navigator.credentials.create`` is given, for one more passkey of ``account``."""
        from . import ceremony

        challenge = self._seal.stamp(_registering(account.id), self._clock.now() + _LASTS)
        login, ids = account.login or account.name, [each.id for each in known]
        return ceremony.creation_options(site.rp_id, self._node_name, account.id, login, account.name, challenge, ids)

    async def register(
        self, connection: Connection, account: str, name: str, answer: dict[str, Any], site: Site
    ) -> None:
        """Keep the passkey that the browser made. Raises UNAUTHENTICATED where the answer proves nothing, CONFLICT
        where it is known already."""
        from . import ceremony

        challenge = await self._spent_challenge(connection, answer, _registering(account))
        try:
            made = ceremony.made(answer, challenge, site.rp_id, site.origin)
        except ceremony.WRONG as error:
            raise _unfit() from error
        new = Passkey(made.id, account, name, made.public_key, made.sign_count, made.synced, self._clock.now())
        if not await credential.add_passkey(connection, new):
            raise XinglinError(Category.CONFLICT, "This passkey is known already.", "该通行密钥已登记")

    def options(self, site: Site) -> dict[str, Any]:
        """What ``navigator.credentials.get`` is given."""
        from . import ceremony

        return ceremony.request_options(site.rp_id, self._seal.stamp(_SIGN_IN, self._clock.now() + _LASTS))

    async def proved(self, connection: Connection, answer: dict[str, Any], site: Site) -> Passkey:
        """The passkey that signed. Raises UNAUTHENTICATED for every reason alike."""
        from . import ceremony

        challenge = await self._spent_challenge(connection, answer, _SIGN_IN)
        try:
            known = await credential.passkey(connection, ceremony.id_of(answer))
            if known is None:
                raise _unfit()
            count = ceremony.proved(answer, challenge, site.rp_id, site.origin, known.public_key, known.sign_count)
        except ceremony.WRONG as error:
            raise _unfit() from error
        await credential.used_passkey(connection, known.id, count, self._clock.now())
        return known

    async def _spent_challenge(self, connection: Connection, answer: dict[str, Any], about: str) -> bytes:
        from . import ceremony

        try:
            challenge = ceremony.challenge_of(answer)
        except ceremony.WRONG as error:
            raise _unfit() from error
        now = self._clock.now()
        expires_at = self._seal.stamped(challenge, about, now)
        if expires_at is None or not await attempt.spend(connection, hash_of(challenge.hex()), expires_at, now):
            raise _unfit()
        return challenge


def methods(passkey: Passkey) -> frozenset[str]:
    """How a passkey proves somebody, in the words of RFC 8176."""
    return frozenset({"pop", "user", "mfa", "swk" if passkey.synced else "hwk"})


def _registering(account: str) -> str:
    return f"passkey/new/{account}"


def _unfit() -> XinglinError:
    return XinglinError(
        Category.UNAUTHENTICATED,
        "This passkey was not recognised here; try again, or sign in another way.",
        "未能识别该通行密钥，请重试或换用其他方式登录",
    )
