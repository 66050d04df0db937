"""The token endpoint's rules, by Authlib's grants. They know nothing of databases that are waited for: what one request
may need is loaded before, and what came of it is kept after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from xinglin.foundation.errors import XinglinError

from ..scope import covers, resource_scopes, scopes_of
from .model import PRIVATE_KEY_JWT, Answer, Client, Code, Token

ASSERTION_ALGORITHMS = ["RS384", "ES384", "RS256", "ES256", "EdDSA"]
LONGEST_ASSERTION_SECONDS = 300
_LEEWAY_SECONDS = 30
_NOWHERE = "https://desk"  # Authlib refuses http by the address; a node alone on its machine has no TLS


@dataclass(slots=True)
class Loaded:
    """What is known of a request: only rows that it names."""

    now: datetime
    audiences: list[str]
    client: Client | None = None
    code: Code | None = None
    refresh: Token | None = None
    jti_spent: bool = False


@dataclass(slots=True)
class Outcome:
    """What one request did. ``replayed`` is a session that ends because something of it was used twice."""

    client: Client | None = None
    token: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    code: Code | None = None
    refresh: Token | None = None
    replayed: str | None = None
    assertion: Mapping[str, Any] | None = None


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, form: dict[str, str], method: str) -> None:
        super().__init__(method, _NOWHERE)
        self._form = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> dict[str, str]:
        return self._form

    @property
    def args(self) -> dict[str, str]:
        return self._form


class Desk(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Judges one request at the token endpoint; made anew for each."""

    def __init__(self, loaded: Loaded, secret: Callable[[], str]) -> None:
        super().__init__()
        self.loaded = loaded
        self.outcome = Outcome()
        self._secret = secret
        self.register_client_auth_method(PRIVATE_KEY_JWT, _Assertion(self))
        self.register_token_generator("default", self._new_token)
        self.register_grant(_ByCode, [_S256(required=True)])
        self.register_grant(_ByRefresh)
        self.register_grant(_ByKey)

    def token(self, form: dict[str, str]) -> Answer:
        """The answer to a token request."""
        try:
            answer: Answer = self.create_token_response(form)
        except ValueError:  # Authlib repeats what was said, and refuses to where that is not ASCII
            return self.handle_response(*InvalidRequestError("A parameter is not ASCII.")())
        return answer

    def authenticated(self, form: dict[str, str]) -> Client:
        """Who asks. Raises Authlib's ``InvalidClientError``."""
        client: Client = self.authenticate_client(_Request(form, "POST"), [PRIVATE_KEY_JWT, "none"])
        return client

    def query_client(self, client_id: str) -> Client | None:
        found = self.loaded.client
        return found if found is not None and found.id == client_id else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.outcome.token = token
        self.outcome.client = request.client

    def create_oauth2_request(self, request: dict[str, str]) -> OAuth2Request:
        return _Request(request, "POST")

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        return Answer(status, dict(body), dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def validate_requested_scope(self, scope: str | None) -> None:
        """Only what a program that nobody sits at was registered for (SMART Backend Services)."""
        client = self.loaded.client
        assert client is not None
        try:
            wanted = scopes_of(scope or "")
        except XinglinError as error:
            raise InvalidScopeError from error
        levels = {each.level for each in resource_scopes(wanted)}
        if levels != {"system"} or not all(covers(client.scopes, each) for each in wanted):
            raise InvalidScopeError
        self.outcome.scopes = wanted

    def _new_token(self, *, scope: str, include_refresh_token: bool = True, **_: Any) -> dict[str, Any]:
        token = {"token_type": "Bearer", "access_token": self._secret(), "scope": scope}
        self.outcome.scopes = tuple(scope.split(" "))
        if include_refresh_token and _lasting(self.outcome):
            token["refresh_token"] = self._secret()
        return token


def _lasting(outcome: Outcome) -> bool:
    granted = outcome.code.scopes if outcome.code is not None else ()
    granted = outcome.refresh.session_scopes if outcome.refresh is not None else granted
    return not {"offline_access", "online_access"}.isdisjoint(granted)


class _S256(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """The verifier is wanted of every client, not of public ones alone (OAuth 2.1 §4.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _ByCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = (PRIVATE_KEY_JWT, "none")

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        loaded: Loaded = self.server.loaded
        found = loaded.code
        if found is None or found.client != client.id:
            return None
        self.server.outcome.code = found
        if found.used_at is not None:
            self.server.outcome.replayed = found.session
            return None
        return found if found.expires_at > loaded.now else None

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.account

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is kept as used, so that a second use is noticed."""


class _ByRefresh(grants.RefreshTokenGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = (PRIVATE_KEY_JWT, "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        loaded: Loaded = self.server.loaded
        found = loaded.refresh
        if found is None or loaded.client is None or found.client != loaded.client.id:
            return None
        if found.used_at is not None:
            self.server.outcome.replayed = found.session
            return None
        if not found.open or found.expires_at <= loaded.now or found.account_state != "active":
            return None
        self.server.outcome.refresh = found
        return found

    def authenticate_user(self, refresh_token: Token) -> str:
        return refresh_token.account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """It is kept as used, so that a second use is noticed."""


class _ByKey(grants.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = (PRIVATE_KEY_JWT,)


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    """``private_key_jwt`` (RFC 7523 §3, SMART App Launch 2 asymmetric authentication): signed with a registered key,
    for this node, once, over within five minutes."""

    CLIENT_AUTH_METHOD = PRIVATE_KEY_JWT

    def __init__(self, desk: Desk) -> None:
        super().__init__(leeway=_LEEWAY_SECONDS)
        self._desk = desk

    def resolve_client_public_key(self, client: Client) -> jwk.KeySet:
        return jwk.KeySet.import_key_set(client.jwks or {"keys": []})  # type: ignore[arg-type]

    def process_assertion_claims(self, assertion: str, resolve_key: jwk.KeySet) -> Mapping[str, Any]:
        loaded = self._desk.loaded
        now = int(loaded.now.timestamp())
        rules = jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True},
            sub={"essential": True},
            aud={"essential": True, "values": loaded.audiences},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=ASSERTION_ALGORITHMS)
            rules.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description="The client assertion is not valid.") from error
        claims = token.claims
        if claims["iss"] != claims["sub"]:
            raise InvalidClientError(description="Issuer and subject of the client assertion differ.")
        if claims["exp"] > now + LONGEST_ASSERTION_SECONDS + _LEEWAY_SECONDS:
            raise InvalidClientError(description="The client assertion lasts longer than five minutes.")
        if loaded.jti_spent:
            raise InvalidClientError(description="The client assertion was used before.")
        self._desk.outcome.assertion = claims
        return claims
