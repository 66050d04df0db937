"""What is asked of the WebAuthn library. It takes a quarter of a second to load, so only who signs in by a passkey
loads it."""

from __future__ import annotations

from dataclasses import dataclass
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

WRONG = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the library raises for an answer that proves nothing, or is none."""


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that a browser has made."""

    id: bytes
    public_key: bytes
    sign_count: int
    synced: bool


def creation_options(
    rp_id: str, rp_name: str, account: str, login: str, name: str, challenge: bytes, known: list[bytes]
) -> dict[str, Any]:
    """For ``navigator.credentials.create``: discoverable, with the person verified."""
    return _shown(
        webauthn.generate_registration_options(
            rp_id=rp_id,
            rp_name=rp_name,
            user_name=login,
            user_id=account.encode(),
            user_display_name=name,
            challenge=challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
    )


def made(answer: dict[str, Any], challenge: bytes, rp_id: str, origin: str) -> Made:
    """The passkey of an answer. Raises one of ``WRONG``."""
    verified = webauthn.verify_registration_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=origin,
        require_user_verification=True,
    )
    synced = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return Made(verified.credential_id, verified.credential_public_key, verified.sign_count, synced)


def request_options(rp_id: str, challenge: bytes) -> dict[str, Any]:
    """For ``navigator.credentials.get``: any passkey of the host will do, so no name is asked."""
    return _shown(
        webauthn.generate_authentication_options(
            rp_id=rp_id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
    )


def proved(
    answer: dict[str, Any], challenge: bytes, rp_id: str, origin: str, public_key: bytes, sign_count: int
) -> int:
    """The passkey's new counter. Raises one of ``WRONG``, also where the counter went back, which a copy makes
    (§6.1.1)."""
    return webauthn.verify_authentication_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=origin,
        credential_public_key=public_key,
        credential_current_sign_count=sign_count,
        require_user_verification=True,
    ).new_sign_count


def challenge_of(answer: dict[str, Any]) -> bytes:
    """The challenge that the browser says it answers. Raises one of ``WRONG``."""
    client = orjson.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    return base64url_to_bytes(client["challenge"])


def id_of(answer: dict[str, Any]) -> bytes:
    """The credential that the answer names. Raises one of ``WRONG``."""
    return base64url_to_bytes(answer["id"])


def _shown(options: Any) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(options_to_json(options))
    return shown
