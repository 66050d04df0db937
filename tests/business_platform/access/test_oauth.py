"""What programs are given, and what those who forge, replay and redirect get."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwk, jwt

from xinglin.business_platform.access.oauth.authorization import Refused
from xinglin.business_platform.access.oauth.model import Launch
from xinglin.business_platform.access.oauth.registry import NewClient
from xinglin.foundation.errors import Category, XinglinError

from .conftest import House
from .programs import (
    ASSERTION,
    CALLBACK,
    ISSUER,
    SCOPE,
    App,
    Backend,
    public,
    registered_app,
    registered_backend,
    shared_secret,
    unsigned,
)


@pytest.fixture
async def app(house: House) -> App:
    return await registered_app(house)


@pytest.fixture
async def backend(house: House) -> Backend:
    return await registered_backend(house)


async def refused(attempt: Any) -> XinglinError:
    with pytest.raises(XinglinError) as error:
        await attempt
    return error.value


async def sent_back(app: App, query: str) -> dict[str, str]:
    with pytest.raises(Refused) as back:
        await app.house.identity.authorization.examine(query)
    assert back.value.location.startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(back.value.location).query))


# --- what works


async def test_an_app_reads_what_somebody_allowed_about_one_patient(house: House, app: App) -> None:
    doctor = await house.signed_in("physician", practitioner="pr-1")
    back = await app.answered(doctor)
    assert (back["state"], back["iss"]) == ("s-1", ISSUER)
    answer = await app.exchange(back["code"])
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    body = answer.body
    assert (body["patient"], body["scope"], body["token_type"]) == ("p-1", SCOPE, "Bearer")
    who = await house.access.principal_of(body["access_token"])
    assert who is not None and (who.id, who.kind, who.patient) == (doctor.id, "user", "p-1")
    assert who.scopes == tuple(SCOPE.split(" ")) and who.roles == {"physician"}
    assert house.identity.provider.userinfo(who)["fhirUser"] == f"{ISSUER}/fhir/Practitioner/pr-1"


async def test_the_id_token_says_who_for_whom_and_when(house: House, app: App) -> None:
    doctor = await house.signed_in("physician", practitioner="pr-1")
    body = (await app.exchange((await app.answered(doctor))["code"])).body
    keys = jwk.KeySet.import_key_set(await house.identity.keys.public())  # type: ignore[arg-type]
    token = jwt.decode(body["id_token"], keys, algorithms=["RS256"])
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (ISSUER, app.client.id, doctor.id, "n-1")
    assert claims["fhirUser"] == f"{ISSUER}/fhir/Practitioner/pr-1" and claims["amr"] == ["pwd"]


async def test_a_signing_key_is_used_for_its_time_and_shown_a_little_longer(house: House, app: App) -> None:
    async def signed_by() -> str:
        doctor = await house.signed_in("physician")
        body = (await app.exchange((await app.answered(doctor))["code"])).body
        header = jwt.decode(body["id_token"], jwk.KeySet.import_key_set(await house.identity.keys.public()), ["RS256"])  # type: ignore[arg-type]
        return str(header.header["kid"])

    first = await signed_by()
    assert await signed_by() == first
    house.clock.instant += timedelta(days=91)
    second = await signed_by()
    shown = [key["kid"] for key in (await house.identity.keys.public())["keys"]]
    assert second != first and {first, second} <= set(shown)
    assert not any("d" in key for key in (await house.identity.keys.public())["keys"])
    house.clock.instant += timedelta(days=2)
    assert first not in [key["kid"] for key in (await house.identity.keys.public())["keys"]]


async def test_a_backend_proves_itself_by_its_key(house: House, backend: Backend) -> None:
    answer = await backend.ask(backend.signed(backend.claims()))
    assert answer.status == 200 and answer.body["expires_in"] == 300 and "refresh_token" not in answer.body
    who = await house.access.principal_of(answer.body["access_token"])
    assert who is not None and (who.kind, who.scopes, who.roles) == ("program", ("system/Patient.rs",), {"integration"})
    house.clock.instant += timedelta(minutes=5, seconds=1)
    assert await house.access.principal_of(answer.body["access_token"]) is None


async def test_a_page_of_the_node_launches_an_app_about_the_patient_on_it(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    authorization = house.identity.authorization
    address = await authorization.start(doctor, app.client.id, Launch("p-7", "e-7"))
    said = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith("https://app.example/launch?") and said["iss"] == f"{ISSUER}/fhir"
    changes = {"scope": "launch openid patient/*.rs", "launch": said["launch"]}
    body = (await app.exchange((await app.answered(doctor, **changes))["code"])).body
    assert (body["patient"], body["encounter"]) == ("p-7", "e-7")
    other = await house.signed_in("physician")
    with pytest.raises(Refused):  # used, and never another's
        await app.answered(doctor, **changes)
    again = dict(parse_qsl(urlsplit(await authorization.start(doctor, app.client.id, Launch("p-7", None))).query))
    with pytest.raises(Refused):
        await app.answered(other, **{**changes, "launch": again["launch"]})


async def test_a_refresh_may_ask_for_less_and_never_for_more(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    body = (await app.exchange((await app.answered(doctor))["code"])).body
    more = await app.refresh(body["refresh_token"], scope="user/*.cruds")
    assert (more.status, more.body["error"]) == (400, "invalid_scope")
    less = await app.refresh(body["refresh_token"], scope="openid")
    who = await house.access.principal_of(less.body["access_token"])
    assert who is not None and who.scopes == ("openid",)
    whole = await app.refresh(less.body["refresh_token"])
    who = await house.access.principal_of(whole.body["access_token"])
    assert who is not None and who.scopes == tuple(SCOPE.split(" ")) and whole.body["patient"] == "p-1"


async def test_online_access_ends_with_the_session_that_allowed_it(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    client = await house.identity.registry.register(
        NewClient("Online", "public", "user/*.rs online_access", (CALLBACK,)), await house.console()
    )
    online = App(house, client)
    body = (await online.exchange((await online.answered(doctor, scope="user/*.rs online_access"))["code"])).body
    offline = (await app.exchange((await app.answered(doctor))["code"])).body
    await house.access.revoke(doctor.session_id)
    assert await house.access.principal_of(body["access_token"]) is None
    assert (await online.refresh(body["refresh_token"])).body["error"] == "invalid_grant"
    assert await house.access.principal_of(offline["access_token"]) is not None


async def test_what_was_taken_back_is_refused_at_once(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    body = (await app.exchange((await app.answered(doctor))["code"])).body
    other = await registered_app(house)
    form = {"token": body["access_token"], "client_id": app.client.id}
    provider = house.identity.provider
    assert (await provider.introspect(urlencode(form))).body["active"] is True
    assert (await provider.introspect(urlencode({**form, "client_id": other.client.id}))).body == {"active": False}
    assert (await provider.revoke(urlencode({**form, "client_id": other.client.id}))).status == 200
    assert await house.access.principal_of(body["access_token"]) is not None
    assert (await provider.revoke(urlencode(form))).status == 200
    assert await house.access.principal_of(body["access_token"]) is None
    assert (await provider.introspect(urlencode(form))).body == {"active": False}
    assert (await app.refresh(body["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_suspended_person_s_apps_are_out_too(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    body = (await app.exchange((await app.answered(doctor))["code"])).body
    await house.identity.accounts.suspend(doctor.id)
    assert await house.access.principal_of(body["access_token"]) is None
    assert (await app.refresh(body["refresh_token"])).body["error"] == "invalid_grant"


async def test_an_ended_client_holds_nothing_any_more(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    body = (await app.exchange((await app.answered(doctor))["code"])).body
    await house.identity.registry.end(app.client.id)
    assert await house.access.principal_of(body["access_token"]) is None
    assert (await app.refresh(body["refresh_token"])).body["error"] == "invalid_client"
    assert (await refused(house.identity.authorization.examine(app.query()))).category is Category.INVALID


async def test_a_patient_chooses_only_those_they_act_for(house: House, app: App) -> None:
    patient = await house.signed_in("patient", patient="self-1")
    authorization = house.identity.authorization
    ask = await authorization.examine(app.query())
    failure = await refused(authorization.allow(ask, patient, ask.scopes, "p-1"))
    assert failure.category is Category.FORBIDDEN
    assert "code=" in await authorization.allow(ask, patient, ask.scopes, "self-1")
    assert (await refused(authorization.allow(ask, patient, ask.scopes, None))).category is Category.INVALID


async def test_nobody_allows_more_than_was_asked(house: House, app: App) -> None:
    doctor = await house.signed_in("physician")
    authorization = house.identity.authorization
    ask = await authorization.examine(app.query(scope="openid"))
    assert (await refused(authorization.allow(ask, doctor, ["user/*.rs"], None))).category is Category.INVALID


# --- attacks on the front door


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/callback",
        f"{CALLBACK}/",
        f"{CALLBACK}?x=1",
        "https://app.example.evil.example/callback",
        "https://app.example/callback/../evil",
        "HTTPS://APP.EXAMPLE/callback",
        "javascript:alert(1)",
        "",
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(app: App, address: str) -> None:
    for wrong in ({}, {"response_type": "token"}, {"scope": "nonsense"}):
        failure = await refused(app.house.identity.authorization.examine(app.query(redirect_uri=address, **wrong)))
        assert failure.category is Category.INVALID and "not registered" in failure.english


async def test_an_unknown_client_gets_nobody_sent_anywhere(app: App) -> None:
    assert (
        await refused(app.house.identity.authorization.examine(app.query(client_id="x")))
    ).category is Category.INVALID


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"aud": "https://evil.example/fhir"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "patient/*.*"}, "invalid_scope"),
        ({"scope": "patient/*.sr"}, "invalid_scope"),
        ({"scope": "system/*.rs"}, "invalid_scope"),
        ({"scope": "user/*.cruds"}, "invalid_scope"),
        ({"scope": "launch openid"}, "invalid_request"),
        ({"launch": "x"}, "invalid_request"),
        ({"request": "e30"}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none"}, "interaction_required"),
    ],
)
async def test_a_wrong_request_is_answered_to_the_app_with_state_and_issuer(
    app: App, changes: dict[str, str | None], error: str
) -> None:
    back = await sent_back(app, app.query(**changes))
    assert (back["error"], back["state"], back["iss"]) == (error, "s-1", ISSUER)


async def test_a_parameter_said_twice_is_answered_to_nobody(app: App) -> None:
    failure = await refused(app.house.identity.authorization.examine(f"{app.query()}&client_id=other"))
    assert failure.category is Category.INVALID


async def test_who_says_no_sends_the_app_away_with_state_and_issuer(app: App) -> None:
    authorization = app.house.identity.authorization
    back = dict(parse_qsl(urlsplit(authorization.deny(await authorization.examine(app.query()))).query))
    assert (back["error"], back["state"], back["iss"]) == ("access_denied", "s-1", ISSUER)


# --- attacks on codes and refresh tokens


async def test_a_code_used_twice_ends_what_its_first_use_gave(house: House, app: App) -> None:
    code = (await app.answered(await house.signed_in("physician")))["code"]
    body = (await app.exchange(code)).body
    replayed = await app.exchange(code)
    assert (replayed.status, replayed.body["error"]) == (400, "invalid_grant")
    assert await house.access.principal_of(body["access_token"]) is None
    assert (await app.refresh(body["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_code_raced_is_given_tokens_once_at_most(house: House, app: App) -> None:
    code = (await app.answered(await house.signed_in("physician")))["code"]
    answers = await asyncio.gather(*(app.exchange(code) for _ in range(4)))
    given = [answer.body["access_token"] for answer in answers if answer.status == 200]
    assert len(given) == 1 and await house.access.principal_of(given[0]) is None  # the second use ended the first


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "x" * 64},
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": None},
        {"code": "unknown"},
    ],
)
async def test_a_stolen_code_is_worth_nothing(house: House, app: App, changes: dict[str, str | None]) -> None:
    code = (await app.answered(await house.signed_in("physician")))["code"]
    answer = await app.exchange(**{"code": code, **changes})  # type: ignore[arg-type]
    assert answer.status == 400 and answer.body["error"] in ("invalid_grant", "invalid_request")
    assert "access_token" not in answer.body


async def test_a_code_of_one_app_is_nothing_to_another(house: House, app: App) -> None:
    other = await registered_app(house)
    code = (await app.answered(await house.signed_in("physician")))["code"]
    answer = await other.exchange(code, code_verifier=app.verifier)
    assert (answer.status, answer.body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("off", [timedelta(minutes=2, seconds=1), timedelta(days=1)])
async def test_a_late_code_gives_nothing(house: House, app: App, off: timedelta) -> None:
    code = (await app.answered(await house.signed_in("physician")))["code"]
    house.clock.instant += off
    assert (await app.exchange(code)).body["error"] == "invalid_grant"


async def test_a_refresh_token_used_twice_ends_its_whole_family(house: House, app: App) -> None:
    first = (await app.exchange((await app.answered(await house.signed_in("physician")))["code"])).body
    second = (await app.refresh(first["refresh_token"])).body
    assert await house.access.principal_of(first["access_token"]) is None  # it ended with the refresh
    assert await house.access.principal_of(second["access_token"]) is not None
    stolen = await app.refresh(first["refresh_token"])
    assert (stolen.status, stolen.body["error"]) == (400, "invalid_grant")
    assert await house.access.principal_of(second["access_token"]) is None
    assert (await app.refresh(second["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_public_app_need_not_say_its_name_to_refresh_and_a_confidential_one_must_prove_it(
    house: House, app: App
) -> None:
    body = (await app.exchange((await app.answered(await house.signed_in("physician")))["code"])).body
    assert (await app.refresh(body["refresh_token"], client_id=None)).status == 200
    key = jwk.ECKey.generate_key("P-384", auto_kid=True)
    secret = await registered_app(house, "confidential", jwks={"keys": [public(key)]})
    proof = Backend(house, secret.client, key)
    proved = {"client_id": None, "client_assertion_type": ASSERTION}
    code = (await secret.answered(await house.signed_in("physician")))["code"]
    body = (await secret.exchange(code, **proved, client_assertion=proof.signed(proof.claims()))).body
    assert (await secret.refresh(body["refresh_token"], client_id=None)).body["error"] == "invalid_client"
    kept = await secret.refresh(body["refresh_token"], **proved, client_assertion=proof.signed(proof.claims()))
    assert kept.status == 200


async def test_a_refresh_token_opens_nothing_itself_and_nothing_to_another_app(house: House, app: App) -> None:
    body = (await app.exchange((await app.answered(await house.signed_in("physician")))["code"])).body
    assert await house.access.principal_of(body["refresh_token"]) is None
    other = await registered_app(house)
    assert (await other.refresh(body["refresh_token"])).body["error"] == "invalid_grant"
    assert (await app.refresh(body["access_token"])).body["error"] == "invalid_grant"
    assert (await app.refresh(body["refresh_token"])).status == 200  # the others' tries ended nothing


async def test_an_access_token_ends_when_its_time_is_over(house: House, app: App) -> None:
    body = (await app.exchange((await app.answered(await house.signed_in("physician")))["code"])).body
    house.clock.instant += timedelta(seconds=body["expires_in"] + 1)
    assert await house.access.principal_of(body["access_token"]) is None


# --- attacks on the keys of programs


async def test_an_assertion_with_alg_none_proves_nothing(backend: Backend) -> None:
    assert (await backend.ask(unsigned(backend.claims()))).body["error"] == "invalid_client"


async def test_an_assertion_under_another_key_proves_nothing(backend: Backend) -> None:
    other = jwk.ECKey.generate_key("P-384")
    assert (await backend.ask(backend.signed(backend.claims(), other))).body["error"] == "invalid_client"


async def test_a_public_key_does_not_serve_as_shared_secret(backend: Backend) -> None:
    forged = shared_secret(backend.claims(), backend.key.kid, backend.key.as_pem(private=False))
    assert (await backend.ask(forged)).body["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.example/oauth/token"},
        {"aud": None},
        {"iss": "somebody-else"},
        {"sub": "somebody-else"},
        {"jti": None},
        {"exp": None},
    ],
    ids=str,
)
async def test_an_assertion_for_another_place_or_by_another_proves_nothing(
    backend: Backend, changes: dict[str, Any]
) -> None:
    answer = await backend.ask(backend.signed(backend.claims(**changes)))
    assert answer.status in (400, 401) and answer.body["error"] == "invalid_client"


@pytest.mark.parametrize("off_seconds", [-86_400, -3_600, -31, 331, 3_600, 86_400])
async def test_an_assertion_that_is_over_or_lasts_too_long_proves_nothing(backend: Backend, off_seconds: int) -> None:
    now = int(backend.house.clock.instant.timestamp())
    answer = await backend.ask(backend.signed(backend.claims(exp=now + off_seconds)))
    assert answer.body["error"] == "invalid_client"


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_clock_a_day_off_lets_nobody_in(backend: Backend, days: int) -> None:
    claims = backend.claims()
    backend.house.clock.instant += timedelta(days=days)
    assert (await backend.ask(backend.signed(claims))).body["error"] == "invalid_client"


async def test_an_assertion_is_taken_once_even_raced(backend: Backend) -> None:
    assertion = backend.signed(backend.claims())
    answers = await asyncio.gather(*(backend.ask(assertion) for _ in range(4)))
    assert sorted(answer.status for answer in answers)[0] == 200
    assert sum(answer.status == 200 for answer in answers) == 1


@pytest.mark.parametrize("scope", [None, "", "openid", "user/*.rs", "system/*.cruds", "system/Patient.rs patient/*.rs"])
async def test_a_backend_gets_what_it_was_registered_for_and_no_more(backend: Backend, scope: str | None) -> None:
    answer = await backend.ask(backend.signed(backend.claims()), scope)
    assert (answer.status, answer.body["error"]) == (400, "invalid_scope")


async def test_a_confidential_app_without_its_key_gets_nothing(house: House) -> None:
    key = jwk.ECKey.generate_key("P-384", auto_kid=True)
    app = await registered_app(house, "confidential", jwks={"keys": [public(key)]})
    code = (await app.answered(await house.signed_in("physician")))["code"]
    assert (await app.exchange(code)).body["error"] == "invalid_client"
    proof = Backend(house, app.client, key)
    answer = await app.exchange(
        code,
        client_id=None,
        client_assertion=proof.signed(proof.claims()),
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    "form",
    [
        "",
        "grant_type=password&username=a&password=b",
        "grant_type=implicit",
        "grant_type=client_credentials",
        "grant_type=authorization_code&code=x",
        "grant_type=%E4%B8%AD",
        "grant_type=authorization_code&grant_type=client_credentials",
        "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        "&client_assertion=a.b.c",
        "grant_type=refresh_token&refresh_token=%00&client_id=%00",
        "%ff=%ff",
    ],
)
async def test_nonsense_at_the_token_endpoint_is_answered_in_oauths_words(house: House, form: str) -> None:
    answer = await house.identity.provider.token(form)
    assert answer.status in (400, 401) and answer.body["error"]


# --- registration


@pytest.mark.parametrize(
    "new",
    [
        NewClient("x", "public", "patient/*.rs"),
        NewClient("x", "public", "patient/*.rs", ("http://app.example/cb",)),
        NewClient("x", "public", "patient/*.rs", ("https://app.example/cb#x",)),
        NewClient("x", "public", "patient/*.rs", ("https://u:p@app.example/cb",)),
        NewClient("x", "public", "patient/*.rs", ("javascript:alert(1)",)),
        NewClient("x", "public", "system/*.rs", (CALLBACK,)),
        NewClient("x", "public", "patient/*.read", (CALLBACK,)),
        NewClient("x", "confidential", "patient/*.rs", (CALLBACK,)),
        NewClient("x", "backend", "system/*.rs"),
        NewClient("x", "backend", "system/*.rs", (CALLBACK,), jwks={"keys": []}),
        NewClient("x", "backend", "system/*.rs", jwks={"keys": [{"kty": "oct", "k": "AAAA", "kid": "1"}]}),
        NewClient("x", "backend", "system/*.rs", jwks={"keys": [jwk.ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)]}),
        NewClient("x", "else", "system/*.rs"),
    ],
)  # fmt: skip
async def test_a_client_that_could_harm_is_not_registered(house: House, new: NewClient) -> None:
    failure = await refused(house.identity.registry.register(new, await house.console()))
    assert failure.category is Category.INVALID
