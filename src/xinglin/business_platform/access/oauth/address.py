"""Where others find the node, and what it tells them of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..scope import OTHERS
from .desk import ASSERTION_ALGORITHMS
from .model import PRIVATE_KEY_JWT
from .signing import ALGORITHM

_CAPABILITIES = [
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v2",
]
_SCOPES = [*sorted(OTHERS), "patient/*.cruds", "user/*.cruds", "system/*.cruds"]


class Addresses:
    """Made of where the node is reached, which is known when it runs."""

    def __init__(self, base: Callable[[], str]) -> None:
        self._base = base

    @property
    def issuer(self) -> str:
        """The issuer of OpenID Connect: the node's address without a slash at its end."""
        return self._base().rstrip("/")

    @property
    def fhir(self) -> str:
        """The base of FHIR, which an app names as ``aud``."""
        return f"{self.issuer}/fhir"

    @property
    def token(self) -> str:
        return f"{self.issuer}/oauth/token"

    def smart_configuration(self) -> dict[str, Any]:
        """SMART App Launch 2.2, conformance."""
        return {**self._server(), "capabilities": _CAPABILITIES}

    def openid_configuration(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 §3."""
        return {
            **self._server(),
            "userinfo_endpoint": f"{self.issuer}/oauth/userinfo",
            "response_modes_supported": ["query"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "claims_supported": ["sub", "name", "fhirUser", "auth_time", "amr", "nonce"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    def _server(self) -> dict[str, Any]:
        oauth = f"{self.issuer}/oauth"
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{oauth}/jwks",
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": self.token,
            "revocation_endpoint": f"{oauth}/revoke",
            "introspection_endpoint": f"{oauth}/introspect",
            "token_endpoint_auth_methods_supported": ["none", PRIVATE_KEY_JWT],
            "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": _SCOPES,
        }
