"""The house: departments, wards, rooms, beds and doctors."""

from __future__ import annotations

from collections import Counter

from xinglin_demo.hospital import BED_COUNT, DEPARTMENTS, doctors, staff, structure
from xinglin_demo.population import FUNDS, fund


def test_the_house_has_600_beds_150_doctors_and_departments_with_two_names() -> None:
    assert BED_COUNT == 600
    assert len(doctors(1)) == 150
    assert 20 <= len(DEPARTMENTS) <= 25
    assert all(one.name and one.name_en.isascii() for one in DEPARTMENTS)


def test_every_bed_lies_in_a_room_of_a_ward_of_the_house() -> None:
    places = {f"Location/{one['id']}": one for one in structure(1) if one["resourceType"] == "Location"}
    beds = [one for one in places.values() if form(one) == "bd" and code(one).startswith("W")]
    assert len(beds) == 600
    for bed in beds:
        room = places[bed["partOf"]["reference"]]
        ward = places[room["partOf"]["reference"]]
        house = places[ward["partOf"]["reference"]]
        assert (form(room), form(ward), form(house)) == ("ro", "wa", "bu")
        assert code(bed).startswith(code(room) + "-") and code(room).startswith(code(ward) + "-")


def test_parents_are_written_before_children() -> None:
    written: set[str] = set()
    for resource in [*structure(1), *(fund(1, one) for one in FUNDS.values()), *staff(1)]:
        for reference in references(resource):
            assert reference in written, f"{resource['resourceType']} refers to {reference} too early"
        written.add(f"{resource['resourceType']}/{resource['id']}")


def test_identifiers_and_ids_are_unique() -> None:
    resources = [*structure(1), *staff(1)]
    ids = Counter((one["resourceType"], one["id"]) for one in resources)
    codes = Counter((one["resourceType"], code(one)) for one in resources if "identifier" in one)
    assert set(ids.values()) == set(codes.values()) == {1}


def form(location: dict) -> str:
    return location["physicalType"]["coding"][0]["code"]


def code(resource: dict) -> str:
    return resource["identifier"][0]["value"]


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    return []
