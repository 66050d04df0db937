"""Nobody gets in without a link or a token, a link opens once, and a revoked session is shut out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xinglin.business_platform.access import Access
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from .conftest import MovableClock


async def test_a_link_opens_one_session_and_no_second(access: Access) -> None:
    link = await access.make_link("ward 7", "device")
    session, issued = await access.sign_in(link.secret)
    assert (session.name, session.kind) == ("ward 7", "device")
    principal = await access.principal_of(issued.secret)
    assert principal is not None and (principal.session_id, principal.name) == (session.id, "ward 7")
    with pytest.raises(XinglinError) as refused:
        await access.sign_in(link.secret)
    assert refused.value.category is Category.UNAUTHENTICATED


async def test_a_link_too_old_opens_nothing(access: Access, clock: MovableClock) -> None:
    link = await access.make_link("late", "user")
    clock.instant += timedelta(minutes=15, seconds=1)
    with pytest.raises(XinglinError):
        await access.sign_in(link.secret)


async def test_a_session_ends_when_its_time_is_over(access: Access, clock: MovableClock) -> None:
    _, issued = await access.sign_in((await access.make_link("nurse", "user")).secret)
    clock.instant += timedelta(hours=24, seconds=1)
    assert await access.principal_of(issued.secret) is None


async def test_a_revoked_session_is_shut_out_at_once(access: Access) -> None:
    session, issued = await access.sign_in((await access.make_link("lost phone", "device")).secret)
    assert await access.principal_of(issued.secret) is not None
    await access.revoke(session.id)
    assert await access.principal_of(issued.secret) is None


async def test_secrets_are_not_kept_in_the_database(access: Access, database: Database) -> None:
    issued = await access.make_program_token("bench")
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT s::text AS row FROM access_session s")
    assert rows and not any(issued.secret in row["row"] for row in rows)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
async def test_a_link_needs_a_proper_name(access: Access, name: str) -> None:
    with pytest.raises(XinglinError) as refused:
        await access.make_link(name, "device")
    assert refused.value.category is Category.INVALID


@pytest.mark.parametrize("session_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_revoking_what_is_not_there_says_so(access: Access, session_id: str) -> None:
    with pytest.raises(XinglinError) as refused:
        await access.revoke(session_id)
    assert refused.value.category is Category.NOT_FOUND
