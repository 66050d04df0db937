"""Passkeys (WebAuthn Level 3): discoverable, checked with the person present and verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

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
        options = webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name=self._node_name,
            user_name=account.login or account.name,
            user_id=account.id.encode(),
            user_display_name=account.name,
            challenge=self._seal.stamp(_registering(account.id), self._clock.now() + _LASTS),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each.id) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return _shown(options)

    async def register(
        self, connection: Connection, account: str, name: str, answer: dict[str, Any], site: Site
    ) -> None:
        """Keep the passkey that the browser made. Raises INVALID where the answer proves nothing, CONFLICT where it is
        known already."""
        challenge = await self._spent_challenge(connection, answer, _registering(account))
        try:
            verified = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.rp_id,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _unfit() from error
        synced = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        new = Passkey(
            verified.credential_id,
            account,
            name,
            verified.credential_public_key,
            verified.sign_count,
            synced,
            self._clock.now(),
        )
        if not await credential.add_passkey(connection, new):
            raise XinglinError(Category.CONFLICT, "This passkey is known already.", "该通行密钥已登记")

    def options(self, site: Site) -> dict[str, Any]:
        """What ``navigator.credentials.get`` is given: any passkey of this host will do, so no name is asked."""
        return _shown(
            webauthn.generate_authentication_options(
                rp_id=site.rp_id,
                challenge=self._seal.stamp(_SIGN_IN, self._clock.now() + _LASTS),
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    async def proved(self, connection: Connection, answer: dict[str, Any], site: Site) -> Passkey:
        """The passkey that signed. Raises UNAUTHENTICATED for every reason alike, also where its counter went back,
        which a copy makes (§6.1.1)."""
        challenge = await self._spent_challenge(connection, answer, _SIGN_IN)
        try:
            known = await credential.passkey(connection, base64url_to_bytes(answer["id"]))
            if known is None:
                raise _unfit()
            verified = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.rp_id,
                expected_origin=site.origin,
                credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _unfit() from error
        await credential.used_passkey(connection, known.id, verified.new_sign_count, self._clock.now())
        return known

    async def _spent_challenge(self, connection: Connection, answer: dict[str, Any], about: str) -> bytes:
        try:
            client = orjson.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
            challenge = base64url_to_bytes(client["challenge"])
        except (ValueError, KeyError, TypeError) as error:
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


def _shown(options: Any) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(options_to_json(options))
    return shown


def _unfit() -> XinglinError:
    return XinglinError(
        Category.UNAUTHENTICATED,
        "This passkey was not recognised here; try again, or sign in another way.",
        "未能识别该通行密钥，请重试或换用其他方式登录",
    )
