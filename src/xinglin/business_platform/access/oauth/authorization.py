"""The authorization endpoint: what a program asks of somebody, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from authlib.oauth2.rfc7636.challenge import CODE_CHALLENGE_PATTERN

from xinglin.data_platform.fhir import is_id
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..scope import Scope, covers, resource_scopes, scopes_of
from ..secret import hash_of
from . import repository
from .address import Addresses
from .form import Repeated, added, once
from .model import Client, Code, Launch

_CODE_LASTS = timedelta(minutes=2)
_LAUNCH_LASTS = timedelta(minutes=5)


class Refused(Exception):
    """A request that is answered to the program that made it: at ``location``, which was registered."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True, slots=True)
class Ask:
    """An authorization request that is well formed, by a program that may make it."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None
    nonce: str | None
    launch: str | None

    @property
    def resources(self) -> list[Scope]:
        return resource_scopes(self.scopes)

    @property
    def wants_patient(self) -> bool:
        """Whether it is about one patient (launch/patient, or any patient/… scope)."""
        return "launch/patient" in self.scopes or any(each.level == "patient" for each in self.resources)


class Authorization:
    """Examines requests and writes down what people allow."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, addresses: Addresses) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._addresses = addresses

    async def examine(self, query: str) -> Ask:
        """The request of ``query``. Raises INVALID where nobody is to be answered, since the program or the address is
        not registered, and ``Refused`` for everything else that is wrong."""
        try:
            said = once(query)
        except Repeated as error:
            raise _nobody() from error
        async with self._database.connection() as connection:
            client = await repository.client(connection, said.get("client_id", ""))
        redirect_uri = said.get("redirect_uri", "")
        if client is None or not client.check_redirect_uri(redirect_uri):
            raise _nobody()
        fault = self._fault(client, said)
        if fault is not None:
            raise Refused(
                self.answer(redirect_uri, said.get("state"), {"error": fault[0], "error_description": fault[1]})
            )
        return Ask(
            client,
            redirect_uri,
            tuple(dict.fromkeys(said["scope"].split(" "))),
            said["code_challenge"],
            said.get("state"),
            said.get("nonce"),
            said.get("launch"),
        )

    def _fault(self, client: Client, said: dict[str, str]) -> tuple[str, str] | None:
        """What is wrong with a request whose answer has an address, in OAuth's words."""
        if said.get("response_type") != "code":
            return "unsupported_response_type", "Only response_type=code is supported."
        if not client.check_response_type("code"):
            return "unauthorized_client", "This client may not ask anybody."
        for name in ("request", "request_uri"):
            if name in said:
                return f"{name}_not_supported", f"{name} is not supported."
        if said.get("response_mode", "query") != "query":
            return "invalid_request", "Only response_mode=query is supported."
        if said.get("code_challenge_method") != "S256" or not CODE_CHALLENGE_PATTERN.match(
            said.get("code_challenge", "")
        ):
            return "invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256."
        if said.get("aud", "").rstrip("/") != self._addresses.fhir:
            return "invalid_request", f"aud must be {self._addresses.fhir}"
        if said.get("prompt") == "none":
            return "interaction_required", "Somebody has to agree on a page."
        return _scope_fault(client, said)

    async def launch_of(self, ask: Ask, principal: Principal) -> Launch | None:
        """What ``ask`` was launched about; None where it was not launched from here. Raises ``Refused`` where the
        launch is another one's, or over."""
        if ask.launch is None:
            return None
        async with self._database.connection() as connection:
            found = await repository.launch(
                connection, hash_of(ask.launch), principal.id, ask.client.id, self._clock.now()
            )
        if found is None:
            raise Refused(self._error(ask, "invalid_request", "The launch is unknown or over."))
        return found

    async def allow(self, ask: Ask, principal: Principal, scopes: Sequence[str], patient: str | None) -> str:
        """Where to send the browser with a code for ``scopes`` of what was asked, about ``patient`` where that was.

        Raises INVALID where more is allowed than was asked, or no patient was chosen; FORBIDDEN where a patient's
        account chose somebody that it does not act for."""
        launch = await self.launch_of(ask, principal)
        if not scopes or not set(scopes) <= set(ask.scopes):
            raise XinglinError(Category.INVALID, "Allow some of what was asked.", "请至少允许一项所请求的权限")
        patient = launch.patient if launch is not None else patient
        if not ask.wants_patient and launch is None:
            patient = None
        elif patient is None or not is_id(patient):
            raise XinglinError(Category.INVALID, "Choose a patient first.", "请先选择患者", expression="patient")
        if principal.roles <= {"patient"} and patient is not None and patient not in principal.patients:
            raise XinglinError(Category.FORBIDDEN, "You do not act for this patient.", "您不是该患者的代理人")
        secret, now = self._ids.secret(), self._clock.now()
        code = Code(
            hash_of(secret),
            ask.client.id,
            principal.id,
            principal.session_id,
            ask.redirect_uri,
            ask.challenge,
            tuple(each for each in ask.scopes if each in scopes),
            patient,
            None if launch is None else launch.encounter,
            ask.nonce,
            now + _CODE_LASTS,
            None,
            None,
        )
        async with self._database.connection() as connection, connection.transaction():
            await repository.add_code(connection, code)
            if ask.launch is not None:
                await repository.end_launch(connection, hash_of(ask.launch), now)
        return self.answer(ask.redirect_uri, ask.state, {"code": secret})

    def deny(self, ask: Ask) -> str:
        """Where to send the browser when somebody said no."""
        return self._error(ask, "access_denied", "The request was denied.")

    async def start(self, principal: Principal, client_id: str, launch: Launch) -> str:
        """The address that launches an app about a patient (EHR launch), for ``principal`` alone, for five minutes.
        Raises NOT_FOUND where no such app can be launched."""
        secret, now = self._ids.secret(), self._clock.now()
        if not is_id(launch.patient) or (launch.encounter is not None and not is_id(launch.encounter)):
            raise XinglinError(Category.INVALID, "Choose a patient first.", "请先选择患者", expression="patient")
        async with self._database.connection() as connection, connection.transaction():
            client = await repository.client(connection, client_id)
            if client is None or client.launch_uri is None:
                raise XinglinError(Category.NOT_FOUND, "There is no such app to launch.", "没有可启动的此应用")
            await repository.add_launch(
                connection, hash_of(secret), principal.id, client.id, launch, now + _LAUNCH_LASTS
            )
        return added(client.launch_uri, {"iss": self._addresses.fhir, "launch": secret})

    def answer(self, redirect_uri: str, state: str | None, parameters: dict[str, str]) -> str:
        """``redirect_uri`` with an answer: what was said as ``state``, and who answers (RFC 9207)."""
        said = {} if state is None else {"state": state}
        return added(redirect_uri, {**parameters, **said, "iss": self._addresses.issuer})

    def page(self, query: str) -> str:
        """The page on which somebody decides about the request of ``query``."""
        return f"/consent?{urlencode({'request': query})}"

    def _error(self, ask: Ask, error: str, description: str) -> str:
        return self.answer(ask.redirect_uri, ask.state, {"error": error, "error_description": description})


def _nobody() -> XinglinError:
    return XinglinError(
        Category.INVALID,
        "This request comes from an app, or leads to an address, that is not registered here. Nothing was sent there."
        " Tell who runs the app.",
        "发起请求的应用或其回调地址未在本节点登记，未向其发送任何内容；请联系应用提供方",
    )


def _scope_fault(client: Client, said: dict[str, str]) -> tuple[str, str] | None:
    try:
        scopes = scopes_of(said.get("scope", ""))
    except XinglinError:
        return "invalid_scope", "A scope is not one of SMART App Launch 2."
    if any(each.level == "system" for each in resource_scopes(scopes)):
        return "invalid_scope", "system scopes are for programs that nobody sits at."
    if not all(covers(client.scopes, each) for each in scopes):
        return "invalid_scope", "The client is not registered for a scope that it asks for."
    if ("launch" in scopes) != ("launch" in said):
        return "invalid_request", "scope launch and the parameter launch belong together."
    return None
