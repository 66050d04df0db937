"""The ways in, and what those who guess find."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import timedelta

import pyotp
import pytest

from xinglin.business_platform.access.identity.passkey import Site
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from .authenticator import Authenticator
from .conftest import PASSWORD, House, caller

HERE = Site("localhost", "http://localhost")


async def with_passkey(house: House) -> tuple[Principal, Authenticator]:
    _, principal = await house.invited("physician")
    key = Authenticator()
    credentials = house.identity.credentials
    answer = key.create(await credentials.new_passkey_options(principal, HERE))
    await credentials.add_passkey(principal, "laptop", answer, HERE)
    return principal, key


async def refused(attempt: object) -> XinglinError:
    with pytest.raises(XinglinError) as error:
        await attempt  # type: ignore[misc]
    return error.value


async def test_a_passkey_is_enough(house: House) -> None:
    principal, key = await with_passkey(house)
    signing_in = house.identity.signing_in
    session, issued = await signing_in.by_passkey(key.get(signing_in.passkey_options(HERE)), HERE, caller())
    found = await house.access.principal_of(issued.secret)
    assert found is not None and found.id == principal.id == session.account
    assert found.methods == {"pop", "user", "mfa", "hwk"} and found.roles == {"physician"}


async def test_an_answer_to_a_challenge_opens_once(house: House) -> None:
    _, key = await with_passkey(house)
    signing_in = house.identity.signing_in
    answer = key.get(signing_in.passkey_options(HERE))
    await signing_in.by_passkey(answer, HERE, caller())
    assert (await refused(signing_in.by_passkey(answer, HERE, caller()))).category is Category.UNAUTHENTICATED


@pytest.mark.parametrize("what", ["late", "elsewhere", "not verified", "copied", "own challenge", "unknown", "empty"])
async def test_a_passkey_that_proves_nothing_opens_nothing(house: House, what: str) -> None:
    _, key = await with_passkey(house)
    signing_in = house.identity.signing_in
    options = signing_in.passkey_options(HERE)
    answer = key.get(options)
    match what:
        case "late":
            house.clock.instant += timedelta(minutes=5, seconds=1)
        case "elsewhere":
            key.origin = "http://localhost.evil.example"
            answer = key.get(options)
        case "not verified":
            answer = key.get(options, verified=False)
        case "copied":
            await signing_in.by_passkey(key.get(signing_in.passkey_options(HERE)), HERE, caller())
            key.count = 0
            answer = key.get(options)
        case "own challenge":
            answer = key.get({"challenge": "A" * 75})
        case "unknown":
            answer = Authenticator().get(options)
        case _:
            answer = {}
    assert (await refused(signing_in.by_passkey(answer, HERE, caller()))).category is Category.UNAUTHENTICATED


async def test_a_registration_cannot_be_used_for_another_account(house: House) -> None:
    _, one = await house.invited("nurse")
    _, two = await house.invited("nurse")
    credentials = house.identity.credentials
    answer = Authenticator().create(await credentials.new_passkey_options(one, HERE))
    assert (await refused(credentials.add_passkey(two, "x", answer, HERE))).category is Category.UNAUTHENTICATED


async def test_the_last_way_in_is_not_removed(house: House) -> None:
    principal, key = await with_passkey(house)
    signing_in, credentials = house.identity.signing_in, house.identity.credentials
    _, issued = await signing_in.by_passkey(key.get(signing_in.passkey_options(HERE)), HERE, caller())
    inside = await house.access.principal_of(issued.secret)
    assert inside is not None
    assert (await refused(credentials.remove_passkey(inside, key.id))).category is Category.CONFLICT
    await credentials.set_password(inside, PASSWORD)
    await credentials.remove_passkey(inside, key.id)
    assert (await credentials.means(principal)).passkeys == ()


async def with_totp(house: House) -> tuple[str, pyotp.TOTP, list[str]]:
    account, login = await house.member("physician")
    inside = await house.access.principal_of(await house.enter(login))
    assert inside is not None and inside.id == account
    credentials = house.identity.credentials
    totp = pyotp.parse_uri(await credentials.propose_totp(inside))
    assert isinstance(totp, pyotp.TOTP)
    return login, totp, await credentials.confirm_totp(inside, totp.at(house.clock.instant))


async def test_a_second_factor_is_asked_for_and_each_code_is_taken_once(house: House) -> None:
    login, totp, _ = await with_totp(house)
    signing_in = house.identity.signing_in
    assert await signing_in.by_password(login, PASSWORD, None, caller()) is None
    used = totp.at(house.clock.instant)
    replayed = await refused(signing_in.by_password(login, PASSWORD, used, caller()))
    assert replayed.category is Category.UNAUTHENTICATED  # it was taken when the factor was confirmed
    house.clock.instant += timedelta(seconds=30)
    session, _ = await signing_in.by_password(login, PASSWORD, totp.at(house.clock.instant), caller())  # type: ignore[misc]
    assert set(session.methods) == {"pwd", "otp", "mfa"}
    assert (
        await refused(signing_in.by_password(login, PASSWORD, totp.at(house.clock.instant), caller()))
    ).category is Category.UNAUTHENTICATED


async def test_a_code_of_another_day_is_refused(house: House) -> None:
    login, totp, _ = await with_totp(house)
    for days in (-1, 1):
        code = totp.at(house.clock.instant + timedelta(days=days))
        failure = await refused(house.identity.signing_in.by_password(login, PASSWORD, code, caller()))
        assert failure.category is Category.UNAUTHENTICATED


async def test_a_code_on_paper_lets_in_once_when_the_phone_is_lost(house: House) -> None:
    login, _, codes = await with_totp(house)
    assert len(codes) == len(set(codes)) == 10
    assert await house.enter(login, codes[3].lower())
    failure = await refused(house.identity.signing_in.by_password(login, PASSWORD, codes[3], caller()))
    assert failure.category is Category.UNAUTHENTICATED and "security administrator can reset" in failure.english


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "x" * 257])
async def test_a_password_that_is_soon_guessed_is_refused(house: House, weak: str) -> None:
    _, principal = await house.invited("nurse")
    failure = await refused(house.identity.credentials.set_password(principal, weak))
    assert failure.category is Category.INVALID


async def test_guessers_learn_nothing_about_names(house: House) -> None:
    _, login = await house.member("nurse")
    suspended, shut_out = await house.member("nurse")
    await house.identity.accounts.suspend(suspended)
    said = []
    for name in (login, shut_out, "nobody-of-this-name"):
        failure = await refused(house.identity.signing_in.by_password(name, "wrong", None, caller()))
        said.append((failure.category, failure.english, failure.chinese, failure.challenge))
    right = await refused(house.identity.signing_in.by_password(shut_out, PASSWORD, None, caller()))
    said.append((right.category, right.english, right.chinese, right.challenge))
    assert len(set(said)) == 1


async def test_a_wrong_name_takes_as_long_as_a_wrong_password(house: House) -> None:
    _, login = await house.member("nurse")
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(5):
        for kind, name in (("known", login), ("unknown", f"nobody-{number}")):
            began = time.perf_counter()
            await refused(house.identity.signing_in.by_password(name, "wrong", None, caller()))
            took[kind].append(time.perf_counter() - began)
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    assert 1 / 3 < known / unknown < 3


@pytest.mark.parametrize("exists", [True, False])
async def test_guessing_slows_down_the_same_whether_the_name_exists(house: House, exists: bool) -> None:
    login = (await house.member("nurse"))[1] if exists else "nobody-in-particular"
    signing_in, waits = house.identity.signing_in, []
    for _ in range(12):
        failure = await refused(signing_in.by_password(login, "wrong", None, caller()))
        if failure.category is Category.BUSY:
            assert failure.retry_after_seconds is not None
            waits.append(failure.retry_after_seconds)
            house.clock.instant += timedelta(seconds=failure.retry_after_seconds)
    assert waits == [1, 2, 4]
    house.clock.instant += timedelta(hours=1, seconds=1)
    assert (await refused(signing_in.by_password(login, "wrong", None, caller()))).category is Category.UNAUTHENTICATED


async def test_guesses_side_by_side_are_counted_before_they_are_judged(house: House) -> None:
    _, login = await house.member("nurse")
    guesses = [house.identity.signing_in.by_password(login, "wrong", None, caller()) for _ in range(12)]
    failures = await asyncio.gather(*guesses, return_exceptions=True)
    judged = [each for each in failures if isinstance(each, XinglinError) and each.category is not Category.BUSY]
    assert len(judged) <= 6


async def test_one_address_cannot_try_one_password_on_everybody(house: House) -> None:
    here, failures = caller("198.51.100.7"), []
    for number in range(53):
        failures.append(await refused(house.identity.signing_in.by_phone(f"1380000{number:04}", "123456", here)))
    assert failures[0].category is Category.UNAUTHENTICATED and failures[-1].category is Category.BUSY


async def test_the_wait_ends_with_the_right_password(house: House) -> None:
    _, login = await house.member("nurse")
    for _ in range(4):
        await refused(house.identity.signing_in.by_password(login, "wrong", None, caller()))
    await house.enter(login)
    for _ in range(5):
        failure = await refused(house.identity.signing_in.by_password(login, "wrong", None, caller()))
        assert failure.category is Category.UNAUTHENTICATED


async def test_a_patient_comes_in_by_a_code_to_the_phone(house: House) -> None:
    account, _ = await house.invited("patient", phone="13800138000", patient="by-phone-1")
    signing_in = house.identity.signing_in
    await signing_in.send_phone_code("138 0013 8000", caller())
    await asyncio.sleep(0)
    code = house.phones.codes["13800138000"]
    assert len(code) == 6 and code.isdecimal()
    _, issued = await signing_in.by_phone("13800138000", code, caller())
    found = await house.access.principal_of(issued.secret)
    assert found is not None and (found.id, found.patients, found.roles) == (account, ("by-phone-1",), {"patient"})
    assert (await refused(signing_in.by_phone("13800138000", code, caller()))).category is Category.UNAUTHENTICATED


async def test_a_phone_that_nobody_has_gets_no_code_and_the_same_answer(house: House) -> None:
    await house.identity.signing_in.send_phone_code("13900000000", caller())
    await asyncio.sleep(0)
    assert "13900000000" not in house.phones.codes


@pytest.mark.parametrize("what", ["late", "sixth try"])
async def test_a_phone_code_lasts_five_minutes_and_five_tries(house: House, what: str) -> None:
    phone = {"late": "13700000001", "sixth try": "13700000002"}[what]
    await house.invited("patient", phone=phone, patient=f"phone-{phone}")
    signing_in = house.identity.signing_in
    await signing_in.send_phone_code(phone, caller())
    await asyncio.sleep(0)
    code = house.phones.codes[phone]
    wrong = "000000" if code != "000000" else "111111"
    if what == "late":
        house.clock.instant += timedelta(minutes=5, seconds=1)
    else:
        for _ in range(5):
            await refused(signing_in.by_phone(phone, wrong, caller()))
    assert (await refused(signing_in.by_phone(phone, code, caller()))).category is Category.UNAUTHENTICATED


async def test_a_dangerous_act_wants_a_fresh_proof(house: House) -> None:
    _, login = await house.member("physician")
    secret = await house.enter(login)
    house.clock.instant += timedelta(minutes=16)
    inside = await house.access.principal_of(secret)
    assert inside is not None
    with pytest.raises(XinglinError) as stale:
        house.access.require_recent(inside)
    assert stale.value.category is Category.UNAUTHENTICATED
    assert stale.value.headers()["WWW-Authenticate"] == ('Bearer error="insufficient_user_authentication", max_age=900')
    assert (await refused(house.identity.credentials.propose_totp(inside))).challenge == stale.value.challenge
    assert await house.identity.signing_in.prove_by_password(inside, PASSWORD, None, caller())
    proved = await house.access.principal_of(secret)
    assert proved is not None
    house.access.require_recent(proved)
    with pytest.raises(XinglinError):
        house.access.require_recent(proved, frozenset({"pop"}))


async def test_somebody_elses_passkey_proves_nothing_about_me(house: House) -> None:
    me = await house.signed_in("physician")
    _, theirs = await with_passkey(house)
    signing_in = house.identity.signing_in
    failure = await refused(signing_in.prove_by_passkey(me, theirs.get(signing_in.passkey_options(HERE)), HERE))
    assert failure.category is Category.UNAUTHENTICATED


async def test_no_secret_is_kept_readable(house: House, database: Database) -> None:
    login, totp, codes = await with_totp(house)
    secret = await house.enter(login, codes[0])
    kept = ""
    async with database.connection() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE tablename LIKE 'access_%'")
        for table in tables:
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table['tablename']} t")
            kept += "".join(row["row"] for row in rows)
    plain = [secret, totp.secret, PASSWORD, codes[1], codes[1].replace("-", "")]
    assert not [each for each in plain if each in kept or each.encode().hex() in kept]


async def test_a_guest_does_one_thing_until_the_time_is_over(house: House) -> None:
    host = await house.signed_in("physician")
    guests = house.identity.guests
    link = guests.invite(host, "a colleague elsewhere", "/fhir/Patient/1", ["GET"], 30)
    _, issued = await guests.enter(link.secret, "test")
    found = await house.access.principal_of(issued.secret, "GET", "/fhir/Patient/1")
    assert found is not None and (found.kind, found.name) == ("guest", "a colleague elsewhere")
    for method, path in (("GET", "/fhir/Patient/2"), ("PUT", "/fhir/Patient/1"), ("", ""), ("GET", "/api/session")):
        assert await house.access.principal_of(issued.secret, method, path) is None
    assert (await refused(guests.enter(link.secret, "test"))).category is Category.UNAUTHENTICATED
    await house.access.revoke(host.session_id)
    assert await house.access.principal_of(issued.secret, "GET", "/fhir/Patient/1") is None


@pytest.mark.parametrize("path", ["/fhir", "/api/access/accounts", "/oauth/token", "/fhir/../api/session", "//evil"])
async def test_a_guest_link_opens_no_door_of_the_house(house: House, path: str) -> None:
    with pytest.raises(XinglinError) as error:
        house.identity.guests.invite(await house.console(), "x", path, ["GET"], 5)
    assert error.value.category is Category.INVALID


@pytest.mark.parametrize("change", ["altered", "late", "foreign"])
async def test_a_guest_link_that_was_altered_or_is_late_opens_nothing(house: House, change: str) -> None:
    guests = house.identity.guests
    secret = guests.invite(await house.console(), "x", "/fhir/Patient/1", ["GET"], 5).secret
    match change:
        case "altered":
            secret = secret[:40] + ("A" if secret[40] != "A" else "B") + secret[41:]
        case "late":
            house.clock.instant += timedelta(minutes=5, seconds=1)
        case _:
            secret = "guest.AAAA"
    assert (await refused(guests.enter(secret, "test"))).category is Category.UNAUTHENTICATED
