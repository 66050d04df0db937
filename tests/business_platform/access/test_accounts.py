"""Who is who, and who may say so."""

from __future__ import annotations

import pytest

from xinglin.business_platform.access import Membership, NewAccount
from xinglin.business_platform.access.roles import ADMINISTRATORS, CONSOLE
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from .conftest import House


@pytest.fixture(autouse=True)
async def no_accounts(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("DELETE FROM access_account WHERE kind <> 'console'")


async def test_the_console_holds_every_administrators_role_until_somebody_else_does(house: House) -> None:
    assert (await house.console()).roles == CONSOLE
    account, _ = await house.member("security_administrator")
    assert (await house.console()).roles == CONSOLE - {"security_administrator"}
    await house.identity.accounts.reset(await _other_keeper(house, account))
    assert "security_administrator" not in (await house.console()).roles


async def _other_keeper(house: House, _: str) -> str:
    account, _login = await house.member("security_administrator")
    return account


async def test_somebody_invited_has_no_role_before_they_can_prove_who_they_are(house: House) -> None:
    account, principal = await house.invited("nurse")
    assert principal.roles == frozenset() and principal.id == account
    assert (await house.identity.accounts.get(account)).state == "invited"


async def test_a_nurse_is_known_by_role_unit_and_practitioner(house: House) -> None:
    nurse = await house.signed_in("nurse", practitioner="pr-7")
    await house.identity.accounts.set_memberships(
        nurse.id, [Membership("nurse", "ward-7"), Membership("nurse", "ward-8")]
    )
    account = await house.identity.accounts.get(nurse.id)
    found = await house.access.principal_of(await house.enter(account.login or ""))
    assert found is not None
    assert (found.roles, sorted(found.units), found.practitioner) == ({"nurse"}, ["ward-7", "ward-8"], "pr-7")
    assert (found.kind, found.methods) == ("user", {"pwd"})


@pytest.mark.parametrize("pair", [("system_administrator", "audit_administrator"), tuple(sorted(ADMINISTRATORS))])
async def test_one_person_is_not_two_administrators(house: House, pair: tuple[str, ...]) -> None:
    with pytest.raises(XinglinError) as refused:
        await house.invited(*pair)
    assert refused.value.category is Category.CONFLICT and "different people" in refused.value.english
    account, _ = await house.invited("nurse")
    with pytest.raises(XinglinError):
        await house.identity.accounts.set_memberships(account, [Membership(role) for role in pair])


@pytest.mark.parametrize("change", ["suspend", "roles", "reset"])
async def test_the_last_security_administrator_stays(house: House, change: str) -> None:
    account, login = await house.member("security_administrator")
    accounts = house.identity.accounts

    async def changed() -> None:
        match change:
            case "suspend":
                await accounts.suspend(account)
            case "roles":
                await accounts.set_memberships(account, [Membership("nurse")])
            case _:
                await accounts.reset(account)

    with pytest.raises(XinglinError) as refused:
        await changed()
    assert refused.value.category is Category.CONFLICT and "first" in refused.value.english
    assert await house.enter(login)  # nothing of the change was kept
    await house.member("security_administrator")
    await changed()


async def test_a_suspended_account_is_out_at_once_and_back_as_it_was(house: House) -> None:
    account, login = await house.member("physician")
    secret = await house.enter(login)
    assert await house.access.principal_of(secret) is not None
    await house.identity.accounts.suspend(account)
    assert await house.access.principal_of(secret) is None
    with pytest.raises(XinglinError) as refused:
        await house.enter(login)
    assert refused.value.category is Category.UNAUTHENTICATED
    await house.identity.accounts.reinstate(account)
    assert await house.enter(login)


async def test_a_reset_forgets_every_key_and_invites_anew(house: House) -> None:
    account, login = await house.member("physician")
    secret = await house.enter(login)
    invitation = await house.identity.accounts.reset(account)
    assert await house.access.principal_of(secret) is None
    with pytest.raises(XinglinError):
        await house.enter(login)
    assert (await house.principal(invitation.secret)).id == account


async def test_the_consoles_own_account_is_changed_by_nobody(house: House) -> None:
    console = await house.console()
    with pytest.raises(XinglinError) as refused:
        await house.identity.accounts.suspend(console.id)
    assert refused.value.category is Category.CONFLICT


async def test_a_sign_in_name_belongs_to_one(house: House) -> None:
    _, login = await house.member("nurse")
    with pytest.raises(XinglinError) as refused:
        await house.identity.accounts.create(NewAccount("another", login.upper()), await house.console())
    assert refused.value.category is Category.CONFLICT


@pytest.mark.parametrize(
    "wrong",
    [
        NewAccount(""),
        NewAccount("x", login="a b"),
        NewAccount("x", phone="12"),
        NewAccount("x", memberships=(Membership("wizard"),)),
        NewAccount("x", memberships=(Membership("integration"),)),
        NewAccount("x", memberships=(Membership("nurse", "a/b"),)),
        NewAccount("x", practitioner="a/b"),
        NewAccount("x", patient="a/b"),
    ],
)
async def test_an_account_that_is_not_well_formed_is_refused_with_what_was_expected(
    house: House, wrong: NewAccount
) -> None:
    with pytest.raises(XinglinError) as refused:
        await house.identity.accounts.create(wrong, await house.console())
    assert refused.value.category is Category.INVALID


async def test_a_daughter_sees_her_mothers_record_for_as_long_as_she_may(house: House) -> None:
    daughter = await house.signed_in("patient", patient="daughter-1")
    accounts = house.identity.accounts
    await accounts.represent(daughter.id, "mother-1", "child", until_days=30)
    login = (await accounts.get(daughter.id)).login or ""

    async def patients() -> tuple[str, ...]:
        found = await house.access.principal_of(await house.enter(login))
        assert found is not None
        return found.patients

    assert await patients() == ("daughter-1", "mother-1")
    house.clock.instant = house.clock.instant.replace(month=12, day=31)
    assert await patients() == ("daughter-1",)


async def test_two_do_not_act_for_each_other_not_even_by_a_third(house: House) -> None:
    accounts = house.identity.accounts
    one, two, three = [(await house.signed_in("patient", patient=f"ring-{number}")).id for number in (1, 2, 3)]
    await accounts.represent(one, "ring-2", "spouse")
    await accounts.represent(two, "ring-3", "child")
    for account, patient in ((two, "ring-1"), (three, "ring-1")):
        with pytest.raises(XinglinError) as refused:
            await accounts.represent(account, patient, "spouse")
        assert refused.value.category is Category.CONFLICT and "End the first" in refused.value.english
    await accounts.end_representation(one, "ring-2")
    await accounts.represent(three, "ring-1", "spouse")


async def test_a_patient_has_one_account_of_their_own(house: House) -> None:
    await house.signed_in("patient", patient="only-1")
    with pytest.raises(XinglinError) as refused:
        await house.signed_in("patient", patient="only-1")
    assert refused.value.category is Category.CONFLICT


async def test_a_visitor_is_a_made_up_nurse_by_a_link_of_whoever_holds_the_data_folder(house: House) -> None:
    nurse = NewAccount("王护士", "demo-nurse", memberships=(Membership("nurse", "ward-7"),))
    for _ in range(2):
        link = await house.identity.accounts.link_without_proof(nurse)
        _, opened = await house.access.sign_in(link.secret)
        found = await house.access.principal_of(opened.secret)
        assert found is not None and (found.roles, found.units, found.name) == ({"nurse"}, ("ward-7",), "王护士")
    assert [one.login for one in await house.identity.accounts.listed("demo-nurse")] == ["demo-nurse"]


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
async def test_nobody_plays_an_administrator(house: House, role: str) -> None:
    with pytest.raises(XinglinError) as refused:
        await house.identity.accounts.link_without_proof(NewAccount("戏", "demo-x", memberships=(Membership(role),)))
    assert refused.value.category is Category.FORBIDDEN
    assert await house.identity.accounts.listed("demo-x") == []


async def test_a_link_for_a_visitor_opens_no_suspended_account(house: House) -> None:
    nurse = NewAccount("王护士", "demo-nurse", memberships=(Membership("nurse"),))
    await house.identity.accounts.link_without_proof(nurse)
    (account,) = await house.identity.accounts.listed("demo-nurse")
    await house.identity.accounts.suspend(account.id)
    link = await house.identity.accounts.link_without_proof(nurse)
    with pytest.raises(XinglinError) as refused:
        await house.access.sign_in(link.secret)
    assert refused.value.category is Category.UNAUTHENTICATED
