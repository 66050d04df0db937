"""Buildings as architects hand them over: a real clinic, an office, a duplex, the demo hospital, and bad files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import msgspec
import pytest

from xinglin.applications.digital_twin.space import WAYS, Building, Repair, components, read_file, repaired, suggestions
from xinglin.foundation.errors import XinglinError
from xinglin_demo.building import floors, write_hospital


@pytest.fixture(scope="module")
def clinic(shared_data: Path) -> Building:
    return read_file(shared_data / "building" / "Clinic-COBie-Handover-v14.xlsx", None)


@pytest.fixture(scope="module")
def office(shared_data: Path) -> Building:
    return read_file(shared_data / "building" / "Office_A_20110811.ifc", None)


@pytest.fixture(scope="module")
def hospital_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("hospital") / "hospital.ifc"
    write_hospital(1, file)
    return file


@pytest.fixture(scope="module")
def hospital(hospital_file: Path) -> Building:
    return read_file(hospital_file, None)


def test_a_real_clinic_has_its_269_rooms_and_230_doors_between_two(clinic: Building) -> None:
    assert len({room.number for room in clinic.rooms}) == 269
    assert len(clinic.doors) == 254
    assert sum(len(door.rooms) == 2 for door in clinic.doors) >= 230
    waiting = [room for room in clinic.rooms if room.category == "waiting"]
    assert len(waiting) == 9
    assert (
        10
        < max(x for room in clinic.rooms for x, _ in room.outline)
        - min(x for room in clinic.rooms for x, _ in room.outline)
        < 100
    ), "metres, though the workbook calls its lengths millimetres"


def test_a_door_that_the_workbook_hangs_between_two_storeys_is_hung_by_its_place(
    clinic: Building,
) -> None:
    storeys = {room.id: room.storey for room in clinic.rooms}
    assert all(len({storeys[room] for room in door.rooms}) <= 1 for door in clinic.doors)
    numbers = {room.id: room.number for room in clinic.rooms}
    (slip,) = [door for door in clinic.doors if door.name == "Door 2C16"]
    assert slip.how == "geometry"
    assert "2C17" in {numbers[room] for room in slip.rooms}


def test_the_clinics_lift_stops_at_both_storeys(clinic: Building) -> None:
    stops = [room for room in clinic.rooms if room.category == "lift"]
    assert len(stops) == 2
    assert any({*link.rooms} == {stop.id for stop in stops} for link in clinic.links)


def test_an_offices_doors_join_at_least_as_many_rooms_as_its_boundaries_say(office: Building) -> None:
    assert len(office.rooms) == 99
    assert len(office.doors) == 102
    assert sum(len(door.rooms) == 2 for door in office.doors) >= 87
    assert sum(bool(door.rooms) for door in office.doors) >= 93
    assert len(components(office)[0]) >= 96, "open sides without a named neighbour are found by position"


def test_a_duplex_is_read_whole(shared_data: Path) -> None:
    duplex = read_file(shared_data / "building" / "Duplex_A.ifc", None)
    assert (len({room.id.partition("@")[0] for room in duplex.rooms}), len(duplex.doors)) == (21, 14)
    assert sum(len(door.rooms) == 2 for door in duplex.doors) >= 9


@pytest.mark.parametrize("which", ["clinic", "office"])
def test_with_every_suggestion_taken_each_room_can_be_reached(which: str, request: pytest.FixtureRequest) -> None:
    building: Building = request.getfixturevalue(which)
    before = components(building)
    offered = suggestions(building)
    assert len(before) > 1
    mended = repaired(building, [one.repair for one in offered])
    public = {room.id for room in building.rooms if room.public}
    alone = components(msgspec.structs.replace(mended, rooms=tuple(one for one in mended.rooms if one.id in public)))
    ways = {room.id for room in building.rooms if room.category in WAYS and room.public}
    assert sum(bool(ways & {*part}) for part in alone) == 1, "patients' ways hang together without staff's rooms"
    assert len(offered) >= len(before) - 1
    assert len(components(repaired(building, [one.repair for one in offered]))) == 1


def test_the_same_file_gives_the_same_building(shared_data: Path, office: Building, clinic: Building) -> None:
    again = read_file(shared_data / "building" / "Office_A_20110811.ifc", None)
    assert again == office
    assert suggestions(again) == suggestions(office)
    assert read_file(shared_data / "building" / "Clinic-COBie-Handover-v14.xlsx", None) == clinic


def test_a_repair_of_what_is_gone_changes_nothing(office: Building) -> None:
    assert repaired(
        office, [Repair(("gone", office.rooms[0].id)), Repair(office.doors[0].rooms[:1] * 2, "no door")]
    ) == (office)


def test_the_demo_hospital_is_real_ifc_that_the_same_reader_reads(hospital: Building) -> None:
    planned = [space for floor in floors() for space in floor.spaces]
    assert {room.number for room in hospital.rooms} == {space.number for space in planned}
    assert sum(room.beds for room in hospital.rooms) == sum(space.beds for space in planned) == 620
    assert len(components(hospital)) == 1
    assert {room.wide for room in hospital.rooms if room.category == "lift"} == {True, False}
    names = {room.number: (room.name, room.name_en) for room in hospital.rooms}
    assert names["OP01-02"] == ("心血管内科2诊室", "Cardiology consulting room 2")


def test_the_demo_hospital_is_written_the_same_each_time(hospital_file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.ifc"
    write_hospital(1, again)
    assert again.read_bytes() == hospital_file.read_bytes()


def test_millimetres_mistaken_for_metres_are_refused_with_the_figures_and_mended_by_a_unit(
    hospital_file: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.ifc"
    text = hospital_file.read_text()
    wrong.write_text(text.replace(".LENGTHUNIT.,$,.METRE.", ".LENGTHUNIT.,.KILO.,.METRE."))
    with pytest.raises(XinglinError, match=r"this house is [\d,]+ m long"):
        read_file(wrong, None)
    mended = read_file(wrong, "metre")
    right = read_file(hospital_file, None)
    assert mended.storeys[1].elevation == pytest.approx(right.storeys[1].elevation)
    ends = [sorted(room.outline)[-1] for building in (mended, right) for room in building.rooms[:1]]
    assert ends[0] == pytest.approx(ends[1], abs=0.01)


def test_an_ifc_without_rooms_says_how_to_export_them(hospital_file: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.ifc"
    lines = hospital_file.read_text().splitlines(keepends=True)
    gone = {line.partition("=")[0] for line in lines if "=IFCSPACE(" in line or "IFCRELSPACEBOUNDARY(" in line}
    bare.write_text("".join(line for line in lines if line.partition("=")[0] not in gone and "IFCREL" not in line))
    with pytest.raises(XinglinError, match="no rooms"):
        read_file(bare, None)


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"ISO-10303-21;\nHEADER;\nnonsense", b"PK\x03\x04broken"])
def test_what_is_no_building_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(XinglinError, match=r"no IFC file|no COBie workbook"):
        read_file(file, None)


def test_a_workbook_that_unpacks_beyond_bounds_is_not_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    with pytest.raises(XinglinError, match="unpacks to"):
        read_file(bomb, None)


def test_a_workbook_without_spaces_names_the_missing_sheets(tmp_path: Path) -> None:
    from openpyxl import Workbook

    file = tmp_path / "other.xlsx"
    Workbook().save(file)
    with pytest.raises(XinglinError, match="sheets missing: Facility"):
        read_file(file, None)
