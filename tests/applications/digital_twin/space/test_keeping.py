"""Buildings in a node: imported by the worker, joined with its Locations, repaired for good, shut and opened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xinglin.applications.digital_twin.navigation import Guide
from xinglin.applications.digital_twin.space import GLOBAL_ID, Buildings, Importing, Repair, components, repaired
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import SystemIds
from xinglin_demo import identity
from xinglin_demo.building import write_hospital
from xinglin_demo.hospital import structure

pytestmark = pytest.mark.asyncio(loop_scope="session")


class House:
    """The rooms under test, and a worker that imports at once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(SystemClock(), SystemIds())
        self.buildings = Buildings(database, SystemClock(), SystemIds())
        self.worker = Importing(database, self.store, SystemClock())
        self.guide = Guide(self.buildings, database, self.store)

    async def bring(self, content: bytes, system: str | None = None) -> Any:
        id_ = await self.buildings.ask("file", content, None, system, "tester")
        assert await self.worker.next()
        return await self.buildings.imported(id_)


@pytest.fixture(scope="module")
async def house(database: Database) -> House:
    return House(database)


@pytest.fixture(scope="module")
async def clinic(house: House, shared_data: Path) -> str:
    ended = await house.bring((shared_data / "building" / "Clinic-COBie-Handover-v14.xlsx").read_bytes())
    assert ended["stage"] == "done", ended["english"]
    return str(ended["building"])


@pytest.fixture(scope="module")
async def hospital(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo hospital's building, brought to a node that knows the demo hospital's Locations."""
    async with house.database.transaction() as connection:
        await house.store.put_all(connection, list(structure(1)), Cause(agent="demo"))
    file = tmp_path_factory.mktemp("ifc") / "hospital.ifc"
    write_hospital(1, file)
    ended = await house.bring(file.read_bytes(), identity.LOCATION)
    assert ended["stage"] == "done", ended["english"]
    return str(ended["building"])


async def test_a_building_becomes_locations_of_storeys_and_rooms(house: House, clinic: str) -> None:
    building = (await house.buildings.standing(clinic)).building
    async with house.database.connection() as connection:
        room = next(one for one in building.rooms if one.number == "1A01")
        location = await house.store.read(connection, "Location", room.location or "")
        storey = await house.store.read(connection, "Location", location["partOf"]["reference"].partition("/")[2])
        whole = await house.store.read(connection, "Location", storey["partOf"]["reference"].partition("/")[2])
    assert location["identifier"] == [{"system": GLOBAL_ID, "value": "0ztdC3L1HAzhbhMHypqcZz"}]
    assert [one["physicalType"]["coding"][0]["code"] for one in (location, storey, whole)] == ["ro", "lvl", "bu"]
    assert whole["id"] == clinic


async def test_rooms_that_the_hospital_knew_keep_their_location_and_gain_the_global_id(
    house: House, hospital: str
) -> None:
    building = (await house.buildings.standing(hospital)).building
    room = next(one for one in building.rooms if one.number == "OP01-02")
    assert room.location == identity.resource_id(1, "Location", "OP01-02")
    async with house.database.connection() as connection:
        location = await house.store.read(connection, "Location", room.location)
    assert location["partOf"]["reference"] == f"Location/{identity.resource_id(1, 'Location', 'OP01')}"
    assert {one["system"] for one in location["identifier"]} == {identity.LOCATION, GLOBAL_ID}


async def test_a_clinic_that_is_several_rooms_is_found_by_its_location(house: House, hospital: str) -> None:
    clinic = identity.resource_id(1, "Location", "OP01")
    found = await house.guide.route(None, "entrance", f"Location/{clinic}", "wheelchair")
    assert found.state == "found"
    assert any(step.kind == "lift" for step in found.steps)
    bed = identity.resource_id(1, "Location", "W01-03-2")
    assert (await house.guide.route(None, "entrance", f"Location/{bed}", "walking")).goal[0] == "心血管内科3病室"


async def test_repairs_outlive_the_next_import_of_the_same_building(
    house: House, clinic: str, shared_data: Path
) -> None:
    standing, parts, offered = await house.buildings.report(clinic)
    await house.buildings.repair(clinic, [one.repair for one in offered[:5]], "tester")
    await house.bring((shared_data / "building" / "Clinic-COBie-Handover-v14.xlsx").read_bytes())
    again, after, _ = await house.buildings.report(clinic)
    assert len(again.repairs) == 5
    assert after == components(repaired(standing.building, [one.repair for one in offered[:5]]))
    assert len(after) < len(parts)
    assert again.tag != standing.tag
    for id_ in again.repairs:
        await house.buildings.undo(clinic, id_)
    assert len(components((await house.buildings.standing(clinic)).building)) == len(parts)


async def test_a_repair_of_rooms_that_are_not_there_is_refused(house: House, clinic: str) -> None:
    with pytest.raises(XinglinError, match="two rooms"):
        await house.buildings.repair(clinic, [Repair(("none", "neither"))], "tester")


async def test_a_shut_corridor_is_said_with_its_reason_and_opens_again(house: House, hospital: str) -> None:
    building = (await house.buildings.standing(hospital)).building
    number = {room.number: room.id for room in building.rooms}
    await house.buildings.shut(hospital, number["L2-W"], "地面维修", "tester")
    shut = await house.guide.route(hospital, "entrance", number["OP01-02"], "walking")
    assert (shut.state, "地面维修" in shut.chinese) == ("closed", True)
    await house.buildings.open_again(hospital, number["L2-W"])
    assert (await house.guide.route(hospital, "entrance", number["OP01-02"], "walking")).state == "found"


async def test_a_file_that_is_no_building_ends_with_a_reason_and_the_file_goes(house: House) -> None:
    ended = await house.bring(b"%PDF-1.7 no building")
    assert (ended["stage"], "no IFC file" in ended["english"], "不是 IFC" in ended["chinese"]) == ("failed", True, True)
    async with house.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM building_import WHERE content IS NOT NULL") == 0


async def test_a_file_that_ends_the_worker_is_not_tried_for_ever(house: House, database: Database) -> None:
    id_ = await house.buildings.ask("file", b"x", None, None, "tester")
    async with database.transaction() as connection:
        await connection.execute("UPDATE building_import SET attempts = 2 WHERE import = $1", id_)
    await house.worker.next()
    assert (await house.buildings.imported(id_))["stage"] == "failed"


async def test_a_place_that_no_building_knows_is_not_found(house: House, clinic: str) -> None:
    with pytest.raises(XinglinError, match="information desk"):
        await house.guide.route(None, "entrance", f"Location/{datetime.now(UTC).year}", "walking")
