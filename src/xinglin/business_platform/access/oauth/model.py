"""Clients, codes and tokens, with the methods by which Authlib's grants ask them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin

PUBLIC, CONFIDENTIAL, BACKEND = "public", "confidential", "backend"
PRIVATE_KEY_JWT = "private_key_jwt"

_GRANTS = {
    PUBLIC: frozenset({"authorization_code", "refresh_token"}),
    CONFIDENTIAL: frozenset({"authorization_code", "refresh_token"}),
    BACKEND: frozenset({"client_credentials"}),
}


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A program that was registered. ``kind`` is public (a page or an app, which keeps no secret), confidential, or
    backend (which nobody sits at); the latter two sign with a key of ``jwks``. ``account`` is a backend's own."""

    id: str
    name: str
    kind: str
    redirect_uris: tuple[str, ...]
    launch_uri: str | None
    scopes: tuple[str, ...]
    jwks: dict[str, Any] | None
    account: str | None
    created_at: datetime

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> str | None:
        return None  # OAuth 2.1 §2.3.2: always said, and compared as it is written

    def get_allowed_scope(self, scope: str | None) -> str | None:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("none" if self.kind == PUBLIC else PRIVATE_KEY_JWT)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.kind != BACKEND

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in _GRANTS[self.kind]


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code as it is kept; ``session`` is what its first use opened."""

    hash: bytes
    client: str
    account: str
    parent: str
    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    patient: str | None
    encounter: str | None
    nonce: str | None
    expires_at: datetime
    used_at: datetime | None
    session: str | None

    @property
    def code_challenge(self) -> str:
        return self.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.scopes)


@dataclass(frozen=True, slots=True)
class Token(TokenMixin):  # type: ignore[misc]  # Authlib has no types
    """An access or refresh token as it is kept, and the session that all of its family belong to."""

    hash: bytes
    kind: str
    session: str
    client: str
    account: str
    account_state: str
    scopes: tuple[str, ...]
    session_scopes: tuple[str, ...]
    patient: str | None
    expires_at: datetime
    used_at: datetime | None
    open: bool

    def check_client(self, client: Client) -> bool:
        return client.id == self.client

    def get_scope(self) -> str:
        return " ".join(self.session_scopes)


@dataclass(frozen=True, slots=True)
class Launch:
    """What a page of ours launched an app with."""

    patient: str
    encounter: str | None


@dataclass(slots=True)
class Answer:
    """An HTTP answer of the token endpoint."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
