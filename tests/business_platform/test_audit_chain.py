"""Whoever changes, removes or moves an entry of the audit trail is shown by the chain or by its anchors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from xinglin.business_platform.access.audit import AuditSettings, Trail, repository
from xinglin.business_platform.access.audit.chain import (
    ANCHORS,
    PUBLIC_KEYS,
    Anchorage,
    KeyRing,
    Linker,
    Verdict,
    Verifier,
    canonical_of_row,
    linked,
    read_anchors,
    read_keys,
)
from xinglin.business_platform.access.audit.entry import entry_of
from xinglin.business_platform.access.audit.model import Anchor
from xinglin.foundation.database import Database, DatabaseSettings, migrate, open_database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, Touched
from xinglin.foundation.ids import SystemIds
from xinglin.server.assembly import MIGRATIONS


class MovableClock:
    def __init__(self) -> None:
        self.instant = datetime.now(UTC)

    def now(self) -> datetime:
        return self.instant

    def monotonic_seconds(self) -> float:
        return self.instant.timestamp()


class Kept:
    """A trail of its own, its anchors, and a way past all its guards."""

    def __init__(self, settings: DatabaseSettings, pool: Database, folder: Path, digest: Any) -> None:
        self.settings, self.pool, self.folder = settings, pool, folder
        self.clock = MovableClock()
        self.linker = Linker(pool, digest)
        rules = AuditSettings(digest=digest)
        self.anchorage = Anchorage(pool, self.linker, self.clock, SystemIds(), rules, "cn.sh.test", folder)

    async def note(self, many: int) -> None:
        trail = Trail(self.pool)
        for n in range(many):
            touched = Touched()
            touched.add((f"Patient/p{n}", f"Observation/o{n}"), (f"p{n}",))
            scope = {
                "type": "http",
                "method": "GET",
                "path": f"/fhir/Patient/p{n}",
                "query_string": b"",
                "headers": [],
                "client": ("10.0.0.7", 1),
                "xinglin.principal": Principal(f"u{n}", f"医生{n}", "user", "s"),
                "xinglin.touched": touched,
            }
            await trail.record(entry_of(scope, 200, self.clock.now()))
        await self.linker.link()

    async def tamper(self, sql: str, *arguments: Any) -> None:
        """As the owner of the tables, whom no grant stops."""
        connection = await asyncpg.connect(self.settings.owner_url)
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    async def verified(self, anchors: list[Anchor] | None = None, keys: Any = None) -> Verdict:
        file = self.folder / ANCHORS
        given = anchors if anchors is not None else read_anchors(file) if file.is_file() else []
        known = read_keys(self.folder / PUBLIC_KEYS) if keys is None else keys
        connection = await asyncpg.connect(self.settings.owner_url)
        try:
            return await Verifier(given, known, self.clock.now()).verify(connection)
        finally:
            await connection.close()

    async def rewrite_from(self, sequence: int) -> None:
        """Make every hash from ``sequence`` on anew, as somebody would who knows how."""
        connection = await asyncpg.connect(self.settings.owner_url)
        try:
            previous = await connection.fetchval("SELECT hash FROM audit_entry WHERE sequence = $1", sequence - 1)
            for row, digest, _ in await repository.rows_after(connection, sequence - 1, 10_000):
                previous = linked(previous, canonical_of_row(row), digest)  # type: ignore[arg-type]
                await connection.execute("UPDATE audit_entry SET hash = $2 WHERE sequence = $1", row.sequence, previous)
        finally:
            await connection.close()


@pytest.fixture(params=["sha256", "sm3"])
async def kept(
    request: pytest.FixtureRequest, new_database: Callable[[], Awaitable[DatabaseSettings]], tmp_path: Path
) -> AsyncIterator[Kept]:
    settings = await new_database()
    await asyncio.to_thread(migrate, settings.owner_url, MIGRATIONS)
    pool = await open_database(settings, role="test")
    yield Kept(settings, pool, tmp_path / "audit", request.param)
    await pool.close()


only_sha256 = pytest.mark.parametrize("kept", ["sha256"], indirect=True)


def told(verdict: Verdict) -> list[tuple[str, int]]:
    return [(finding.kind, finding.sequence) for finding in verdict.findings]


async def test_a_trail_that_nobody_touched_is_as_it_was_written(kept: Kept) -> None:
    await kept.note(20)
    await kept.anchorage.anchor()
    await kept.note(5)
    verdict = await kept.verified()
    assert told(verdict) == []
    assert (verdict.entries, verdict.last, verdict.anchored, verdict.anchors, verdict.waiting) == (25, 25, 20, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        "name = '别人'",
        "patients = '{nobody}'",
        "recorded = recorded + interval '1 microsecond'",
        "detail = '{}'",
        "status = 403",
        "principal = NULL",
        "emergency = true",
        "hash = decode(repeat('00', 32), 'hex')",
    ],
)
async def test_an_altered_entry_is_named(kept: Kept, change: str) -> None:
    await kept.note(10)
    await kept.tamper(f"UPDATE audit_entry SET {change} WHERE sequence = 4")
    assert told(await kept.verified()) == [("altered", 4)]


@only_sha256
async def test_several_altered_entries_are_each_named(kept: Kept) -> None:
    await kept.note(30)
    await kept.tamper("UPDATE audit_entry SET name = 'x' WHERE sequence IN (3, 4, 17, 30)")
    assert told(await kept.verified()) == [("altered", n) for n in (3, 4, 17, 30)]


async def test_a_removed_entry_is_named(kept: Kept) -> None:
    await kept.note(10)
    await kept.tamper("DELETE FROM audit_entry WHERE sequence IN (4, 8)")
    assert told(await kept.verified()) == [("removed", 4), ("removed", 8)]


@only_sha256
async def test_a_removed_beginning_is_named(kept: Kept) -> None:
    await kept.note(10)
    await kept.tamper("DELETE FROM audit_entry WHERE sequence <= 3")
    assert told(await kept.verified()) == [("removed", 1)]


@only_sha256
async def test_a_removed_end_is_shown_by_an_anchor(kept: Kept) -> None:
    await kept.note(10)
    await kept.anchorage.anchor()
    await kept.tamper("DELETE FROM audit_entry WHERE sequence >= 9")
    await kept.tamper("DELETE FROM audit_anchor")
    assert told(await kept.verified()) == [("removed", 9)]


async def test_entries_that_changed_places_are_named(kept: Kept) -> None:
    await kept.note(12)
    await kept.tamper(
        "UPDATE audit_entry SET sequence = -1 WHERE sequence = 4;"
        "UPDATE audit_entry SET sequence = 4 WHERE sequence = 9;"
        "UPDATE audit_entry SET sequence = 9 WHERE sequence = -1"
    )
    assert told(await kept.verified()) == [("reordered", 4), ("reordered", 9)]


async def test_a_chain_that_was_rewritten_after_a_change_is_shown_by_the_exported_anchors(kept: Kept) -> None:
    await kept.note(10)
    await kept.anchorage.anchor()
    await kept.note(10)
    await kept.anchorage.anchor()
    await kept.tamper("UPDATE audit_entry SET name = '别人' WHERE sequence = 14")
    await kept.rewrite_from(14)
    await kept.tamper("DELETE FROM audit_anchor WHERE sequence = 20")
    verdict = await kept.verified()
    assert told(verdict) == [("rewritten", 11)]
    assert "from 11 to 20" in verdict.findings[0].english
    assert verdict.anchored == 10


@only_sha256
async def test_an_anchor_that_was_changed_with_the_chain_has_a_wrong_signature(kept: Kept) -> None:
    await kept.note(10)
    await kept.anchorage.anchor()
    await kept.tamper("UPDATE audit_entry SET name = '别人' WHERE sequence = 5")
    await kept.rewrite_from(5)
    await kept.tamper("UPDATE audit_anchor a SET hash = e.hash FROM audit_entry e WHERE e.sequence = a.sequence")
    assert ("anchor", 10) in told(await kept.verified(anchors=[]))
    assert ("rewritten", 1) in told(await kept.verified())


@only_sha256
async def test_an_anchor_of_an_unknown_key_says_what_to_do(kept: Kept) -> None:
    await kept.note(3)
    await kept.anchorage.anchor()
    (finding,) = (await kept.verified(keys=[])).findings
    assert finding.kind == "key"
    assert "--keys" in finding.english and "--keys" in finding.chinese


@only_sha256
async def test_an_anchor_signed_after_its_key_expired_is_not_trusted(kept: Kept) -> None:
    await kept.note(3)
    await kept.anchorage.anchor()
    keys = [
        msgspec.structs.replace(key, since=key.since - timedelta(days=9), until=key.since - timedelta(days=1))
        for key in read_keys(kept.folder / PUBLIC_KEYS)
    ]
    verdict = await kept.verified(keys=keys)
    assert [finding.kind for finding in verdict.findings] == ["key"]
    assert "clock" in verdict.findings[0].english
    assert verdict.anchored == 0


@only_sha256
async def test_a_key_is_renewed_before_it_expires_and_old_anchors_stay_good(kept: Kept) -> None:
    await kept.note(3)
    await kept.anchorage.anchor()
    kept.clock.instant += timedelta(days=731)
    await kept.note(1)
    await kept.anchorage.anchor()
    assert len(read_keys(kept.folder / PUBLIC_KEYS)) == 2
    verdict = await kept.verified()
    assert (told(verdict), verdict.anchored) == ([], 4)


@only_sha256
async def test_a_key_that_cannot_be_used_says_what_to_do(kept: Kept) -> None:
    kept.folder.mkdir()
    (kept.folder / "anchor.key").write_text("no key")
    with pytest.raises(XinglinError, match=r"move anchor\.key away") as refused:
        KeyRing(kept.folder, 1).signing(kept.clock.now())
    assert refused.value.category is Category.UNAVAILABLE


@only_sha256
async def test_anchors_go_to_the_file_and_the_bus_and_nothing_new_is_not_anchored_again(kept: Kept) -> None:
    await kept.note(3)
    first = await kept.anchorage.anchor()
    assert first is not None and await kept.anchorage.anchor() is None
    assert read_anchors(kept.folder / ANCHORS) == [first]
    async with kept.pool.connection() as connection:
        bodies = await connection.fetch("SELECT body FROM event WHERE name = 'audit.anchored'")
    assert [msgspec.json.decode(row["body"], type=Anchor) for row in bodies] == [first]
    (kept.folder / ANCHORS).unlink()
    await kept.note(1)
    await kept.anchorage.anchor()
    assert [anchor.sequence for anchor in read_anchors(kept.folder / ANCHORS)] == [3, 4]


@only_sha256
async def test_what_is_older_than_it_is_kept_goes_up_to_an_anchor_and_the_rest_is_still_proven(kept: Kept) -> None:
    now = kept.clock.instant
    kept.clock.instant = now - timedelta(days=210)
    await kept.note(10)
    await kept.anchorage.anchor()
    kept.clock.instant = now - timedelta(days=100)
    await kept.note(5)
    await kept.anchorage.anchor()
    kept.clock.instant = now
    assert await kept.anchorage.forget() == 10
    assert await kept.anchorage.forget() == 0
    verdict = await kept.verified()
    assert (told(verdict), verdict.first, verdict.entries) == ([], 11, 5)


@only_sha256
async def test_entries_cannot_be_forgotten_before_their_time_by_the_nodes_own_role(kept: Kept) -> None:
    await kept.note(5)
    await kept.anchorage.anchor()
    async with kept.pool.connection() as connection:
        with pytest.raises(XinglinError) as refused:
            await repository.forget(connection, kept.clock.now() + timedelta(days=1))
    assert refused.value.category is Category.FORBIDDEN


@only_sha256
async def test_entries_that_went_before_their_time_are_told_even_where_an_anchor_vouches_for_them(kept: Kept) -> None:
    await kept.note(5)
    await kept.anchorage.anchor()
    await kept.note(5)
    await kept.anchorage.anchor()
    await kept.tamper("DELETE FROM audit_entry WHERE sequence <= 5")
    assert told(await kept.verified()) == [("early", 1)]


@only_sha256
async def test_two_chains_of_one_node_are_told_apart(kept: Kept) -> None:
    await kept.note(5)
    anchor = await kept.anchorage.anchor()
    assert anchor is not None
    key = KeyRing(kept.folder, 730).signing(kept.clock.now())
    other = key.signed(msgspec.structs.replace(anchor, hash=bytes(32)))
    assert ("anchor", 5) in told(await kept.verified(anchors=[anchor, other]))


@only_sha256
async def test_an_idle_node_writes_nothing_and_two_linkers_make_one_chain(kept: Kept) -> None:
    assert await kept.linker.link() == 0
    trail = Trail(kept.pool)
    scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": [], "client": None}
    second = Linker(kept.pool, "sha256")
    for _ in range(20):
        await asyncio.gather(*(trail.record(entry_of(scope, 200, kept.clock.now())) for _ in range(7)))
        await asyncio.gather(kept.linker.link(), second.link())
    verdict = await kept.verified()
    assert (told(verdict), verdict.entries) == ([], 140)


def test_the_shortest_time_of_keeping_cannot_be_set_lower() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"keep_days": 30}, AuditSettings)
