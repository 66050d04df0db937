"""Tokens: given for codes, refreshes and keys; told about; and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from joserfc import jws
from joserfc.errors import JoseError

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from .. import repository as sessions
from ..changes import EVERYTHING, Changes
from ..identity.repository import account as accounts
from ..identity.repository import attempt
from ..model import AccessSettings, Opening
from ..secret import hash_of
from ..service import Access
from . import repository
from .address import Addresses
from .desk import LONGEST_ASSERTION_SECONDS, Desk, Loaded, Outcome
from .form import Repeated, once
from .model import Answer, Code
from .signing import SigningKeys

_BACKEND_LASTS = timedelta(minutes=5)
_ID_TOKEN_LASTS = timedelta(minutes=5)
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Provider:
    """The endpoints that programs call themselves. Tokens are opaque: each is looked up, so that one which is taken
    back is refused at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        settings: AccessSettings,
        access: Access,
        changes: Changes,
        addresses: Addresses,
        keys: SigningKeys,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._access = access
        self._changes = changes
        self._addresses = addresses
        self._keys = keys

    async def token(self, body: str) -> Answer:
        """RFC 6749 §3.2. Never raises for what a caller did wrong: the answer says it in OAuth's words."""
        try:
            form = once(body)
        except Repeated:
            return _failed(InvalidRequestError("A parameter is repeated, or this is no form."))
        async with self._database.connection() as connection, connection.transaction():
            desk = Desk(await self._loaded(connection, form), self._ids.secret)
            answer = desk.token(form)
            outcome = desk.outcome
            if outcome.replayed is not None:
                await sessions.revoke(connection, outcome.replayed, self._clock.now())
                await self._changes.announce(connection, EVERYTHING)
            elif not await self._spent(connection, outcome):
                answer = _failed(InvalidClientError(description="The client assertion was used before."))
            elif outcome.token is not None:
                answer.body = await self._kept(connection, outcome)
            elif outcome.code is not None:  # right, but for the verifier: nobody tries twice
                await repository.use_code(connection, outcome.code.hash, None, self._clock.now())
        if outcome.replayed is not None or outcome.refresh is not None:
            self._changes.tell(EVERYTHING)
        answer.headers |= _NO_STORE
        return answer

    async def revoke(self, body: str) -> Answer:
        """RFC 7009: end the session that a token of the caller's belongs to."""
        try:
            form = once(body)
            async with self._database.connection() as connection, connection.transaction():
                client = await self._client(connection, form)
                found = await repository.token(connection, hash_of(form.get("token", "")), self._clock.now())
                if found is not None and found.client == client:
                    await sessions.revoke(connection, found.session, self._clock.now())
                    await self._changes.announce(connection, f"session/{found.session}")
        except (OAuth2Error, Repeated) as error:
            return _failed(error)
        self._changes.tell(EVERYTHING)
        return Answer(200, {}, dict(_NO_STORE))

    async def introspect(self, body: str) -> Answer:
        """RFC 7662, for the caller's own tokens; anybody else's are told of as not active."""
        try:
            form = once(body)
            async with self._database.connection() as connection, connection.transaction():
                client = await self._client(connection, form)
                now = self._clock.now()
                found = await repository.token(connection, hash_of(form.get("token", "")), now)
        except (OAuth2Error, Repeated) as error:
            return _failed(error)
        good = (
            found is not None
            and found.client == client
            and found.open
            and found.used_at is None
            and found.expires_at > now
            and found.account_state == "active"
        )
        if found is None or not good:
            return Answer(200, {"active": False}, dict(_NO_STORE))
        told: dict[str, Any] = {
            "active": True,
            "scope": " ".join(found.scopes),
            "client_id": found.client,
            "sub": found.account,
            "iss": self._addresses.issuer,
            "token_type": found.kind,
            "exp": int(found.expires_at.timestamp()),
        }
        return Answer(200, {**told, **({"patient": found.patient} if found.patient else {})}, dict(_NO_STORE))

    def userinfo(self, principal: Principal) -> dict[str, Any]:
        """OpenID Connect Core 1.0 §5.3."""
        return {"sub": principal.id, **self._about(principal.name, principal.practitioner, principal.patients)}

    async def _client(self, connection: Connection, form: dict[str, str]) -> str:
        desk = Desk(await self._loaded(connection, form), self._ids.secret)
        client = desk.authenticated(form)
        if not await self._spent(connection, desk.outcome):
            raise InvalidClientError(description="The client assertion was used before.")
        return client.id

    async def _loaded(self, connection: Connection, form: dict[str, str]) -> Loaded:
        """All that the rules may ask of a request. Nothing of it is believed before they judged."""
        now = self._clock.now()
        issuer = _claimed_issuer(form.get("client_assertion", ""))
        return Loaded(
            now,
            [self._addresses.token, self._addresses.issuer],
            await repository.client(connection, issuer or form.get("client_id", "")),
            await repository.code(connection, hash_of(form["code"])) if "code" in form else None,
            await self._refresh(connection, form["refresh_token"]) if "refresh_token" in form else None,
        )

    async def _refresh(self, connection: Connection, secret: str) -> Any:
        found = await repository.token(connection, hash_of(secret), self._clock.now())
        return found if found is not None and found.kind == "refresh" else None

    async def _spent(self, connection: Connection, outcome: Outcome) -> bool:
        """Use up the assertion that the client proved itself by; False where it was."""
        claims = outcome.assertion
        if claims is None:
            return True
        now = self._clock.now()
        once_only = hash_of(f"{claims['iss']}\x00{claims['jti']}")
        return await attempt.spend(connection, once_only, now + timedelta(seconds=2 * LONGEST_ASSERTION_SECONDS), now)

    async def _kept(self, connection: Connection, outcome: Outcome) -> dict[str, Any]:
        """Write the tokens down; the answer's body."""
        client, token = outcome.client, outcome.token
        assert client is not None and token is not None
        now = self._clock.now()
        lasts = timedelta(minutes=self._settings.access_token_minutes)
        body = dict(token)
        if outcome.code is not None:
            session = await self._opened(connection, client.name, outcome.code)
            await repository.use_code(connection, outcome.code.hash, session, now)
            body |= await self._context(connection, outcome.code)
        elif outcome.refresh is not None:
            session = outcome.refresh.session
            await repository.use_token(connection, outcome.refresh.hash, now)
            await repository.end_access_tokens(connection, session, now)
            await self._changes.announce(connection, f"session/{session}")
            if outcome.refresh.patient is not None:
                body["patient"] = outcome.refresh.patient
        else:
            assert client.account is not None
            lasts = min(lasts, _BACKEND_LASTS)
            opening = Opening(client.account, client.name, "app", client=client.id, scopes=outcome.scopes)
            session = await self._access.open_without_secret(connection, opening, lasts)
        body["expires_in"] = int(lasts.total_seconds())
        scopes = outcome.scopes
        await repository.add_token(connection, hash_of(token["access_token"]), session, "access", scopes, now + lasts)
        if "refresh_token" in token:
            until = now + timedelta(days=self._settings.refresh_token_days)
            await repository.add_token(connection, hash_of(token["refresh_token"]), session, "refresh", scopes, until)
        return body

    async def _opened(self, connection: Connection, name: str, code: Code) -> str:
        """The session of an app; but for offline access it ends with that of who allowed it."""
        offline = "offline_access" in code.scopes
        parent = await sessions.session(connection, code.parent, self._clock.now())
        opening = Opening(
            code.account,
            name,
            "app",
            () if parent is None else parent.methods,
            client=code.client,
            parent=None if offline else code.parent,
            scopes=code.scopes,
            patient=code.patient,
        )
        days = self._settings.refresh_token_days
        lasts = timedelta(days=days) if offline else self._access.session_lasts
        return await self._access.open_without_secret(connection, opening, lasts)

    async def _context(self, connection: Connection, code: Code) -> dict[str, Any]:
        """What SMART App Launch has beside the tokens: the patient, and who somebody is."""
        context: dict[str, Any] = {}
        if code.patient is not None:
            context |= {"patient": code.patient, "need_patient_banner": True}
        if code.encounter is not None:
            context["encounter"] = code.encounter
        if "openid" in code.scopes:
            context["id_token"] = await self._id_token(connection, code)
        return context

    async def _id_token(self, connection: Connection, code: Code) -> str:
        now = self._clock.now()
        parent = await sessions.proof(connection, code.parent)
        claims: dict[str, Any] = {
            "iss": self._addresses.issuer,
            "sub": code.account,
            "aud": code.client,
            "iat": int(now.timestamp()),
            "exp": int((now + _ID_TOKEN_LASTS).timestamp()),
            "auth_time": int(parent[0].timestamp()),
            "amr": parent[1],
        }
        if code.nonce is not None:
            claims["nonce"] = code.nonce
        account = await accounts.get(connection, code.account)
        assert account is not None
        own = tuple(each.patient for each in account.representations if each.relation == "self")
        about = self._about(account.name, account.practitioner, own)
        wanted = {"fhirUser": "fhirUser", "profile": "name"}
        claims |= {name: about[name] for scope, name in wanted.items() if scope in code.scopes and name in about}
        return await self._keys.sign(connection, claims)

    def _about(self, name: str, practitioner: str | None, patients: tuple[str, ...]) -> dict[str, str]:
        about = {"name": name}
        if practitioner is not None:
            about["fhirUser"] = f"{self._addresses.fhir}/Practitioner/{practitioner}"
        elif patients:
            about["fhirUser"] = f"{self._addresses.fhir}/Patient/{patients[0]}"
        return about


def _claimed_issuer(assertion: str) -> str | None:
    """Who an assertion says it is by, before anything of it is checked."""
    try:
        claims = orjson.loads(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def _failed(error: OAuth2Error | Repeated) -> Answer:
    if isinstance(error, Repeated):
        error = InvalidRequestError("A parameter is repeated, or this is no form.")
    return Answer(error.status_code, dict(error.get_body()), dict(_NO_STORE))
