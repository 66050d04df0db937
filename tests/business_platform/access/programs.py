"""Programs that ask: what an app and a backend service send, right or forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwk, jwt

from xinglin.business_platform.access.oauth.model import Answer, Client
from xinglin.business_platform.access.oauth.registry import NewClient
from xinglin.foundation.http import Principal

from .conftest import House

ISSUER = "https://node.example"
TOKEN = f"{ISSUER}/oauth/token"
CALLBACK = "https://app.example/callback"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "openid fhirUser launch/patient patient/*.rs offline_access"


@dataclass
class App:
    """A page of another origin that somebody uses: a public client with PKCE."""

    house: House
    client: Client
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def query(self, **changes: str | None) -> str:
        """The authorization request, with some parameters changed or left out."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        said: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "s-1",
            "nonce": "n-1",
            "aud": f"{ISSUER}/fhir",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return urlencode({name: value for name, value in said.items() if value is not None})

    async def answered(self, principal: Principal, **changes: str | None) -> dict[str, str]:
        """What comes back to the app when somebody allows all it asks, about the patient p-1."""
        authorization = self.house.identity.authorization
        ask = await authorization.examine(self.query(**changes))
        location = await authorization.allow(ask, principal, ask.scopes, "p-1")
        assert location.startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(location).query))

    async def exchange(self, code: str, **changes: str | None) -> Answer:
        """The token request for ``code``."""
        said: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": self.client.id,
            "code_verifier": self.verifier,
            **changes,
        }
        return await self.send(said)

    async def refresh(self, token: str, **changes: str | None) -> Answer:
        return await self.send(
            {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client.id, **changes}
        )

    async def send(self, said: dict[str, str | None]) -> Answer:
        form = {name: value for name, value in said.items() if value is not None}
        return await self.house.identity.provider.token(urlencode(form))


@dataclass
class Backend:
    """A service that nobody sits at, with a key of its own (SMART Backend Services)."""

    house: House
    client: Client
    key: Any

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.house.clock.instant.timestamp())
        said = {
            "iss": self.client.id,
            "sub": self.client.id,
            "aud": TOKEN,
            "exp": now + 240,
            "jti": secrets.token_urlsafe(),
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: Any = None, algorithm: str = "ES384") -> str:
        key = key or self.key
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, claims, key, algorithms=[algorithm])

    async def ask(self, assertion: str, scope: str | None = "system/Patient.rs") -> Answer:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
            **({} if scope is None else {"scope": scope}),
        }
        return await self.house.identity.provider.token(urlencode(form))


def unsigned(claims: dict[str, Any]) -> str:
    """A token with ``alg`` none, which libraries refuse to make."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def shared_secret(claims: dict[str, Any], kid: str, secret: bytes) -> str:
    """A token by HMAC whose key is what everybody may know: a public key's text."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    mac = base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), "sha256")).decode().rstrip("=")
    return f"{text}.{mac}"


async def registered_app(house: House, kind: str = "public", **said: Any) -> App:
    new = NewClient(
        "Growth chart", kind, SCOPE + " user/*.rs launch", (CALLBACK,), "https://app.example/launch", **said
    )
    return App(house, await house.identity.registry.register(new, await house.console()))


async def registered_backend(house: House, scope: str = "system/*.rs") -> Backend:
    key = jwk.ECKey.generate_key("P-384", auto_kid=True)
    new = NewClient("Bulk export", "backend", scope, jwks={"keys": [public(key)]})
    return Backend(house, await house.identity.registry.register(new, await house.console()), key)


def public(key: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": key.kid}
