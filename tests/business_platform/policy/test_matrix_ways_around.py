"""The ways around a search: what is drawn in, chained to, listed in a compartment, carried by a Bundle, or written."""

from __future__ import annotations

from typing import Any

from asking import Caller, shown
from expectation import expected
from hospitals import SITUATIONS, id_in, people
from specimens import can_be_in_a_record, link_of, specimen
from test_matrix import TYPES, open_to
from web_process import Process

from xinglin.business_platform.access.policy.category import category_of
from xinglin.data_platform.fhir import compartments
from xinglin.data_platform.search import standard_parameters

PATIENTS = [situation for situation in SITUATIONS if situation != "nobody"]


def in_record(role: str, situation: str) -> set[str]:
    """The specimens in the record of the patient in a situation that ``role`` is shown."""
    table = expected()[role, situation]
    types = [type_ for type_ in TYPES if can_be_in_a_record(type_) and category_of(type_) in table]
    return {f"{type_}/{id_in(situation, type_)}" for type_ in types}


def of_matrix(found: set[str]) -> set[str]:
    """Without the stays, consents and units that make the situations."""
    return {place for place in found if not place.endswith(("-stay", "-decision", "/unit-1", "/unit-2"))}


async def test_matrix_of_compartments_and_whole_records(hospitals: Process, role: str) -> None:
    ask, cells = hospitals.caller(people()[role]), 0
    for situation in PATIENTS:
        wanted = in_record(role, situation)
        inside = {place for place in wanted if place.partition("/")[0] in compartments()["Patient"]}
        listed = await ask("GET", f"/fhir/Patient/{situation}/*?_count=1000")
        assert of_matrix(shown(listed)) == inside - {f"Patient/{situation}"}, (role, situation)
        whole = await ask("GET", f"/fhir/Patient/{situation}/$everything")
        if f"Patient/{situation}" in wanted:
            matches = {place for place in of_matrix(shown(whole)) if f"{situation}" in place}
            assert matches == inside, (role, situation)
        else:
            assert whole.status in (403, 404), (role, situation, whole.status)
        cells += 2
        for type_ in sorted({place.partition("/")[0] for place in in_record("integration", situation)}):
            if type_ in compartments()["Patient"]:
                found = await ask("GET", f"/fhir/Patient/{situation}/{type_}")
                assert of_matrix(shown(found)) == {p for p in inside if p.startswith(f"{type_}/")}, (role, type_)
                cells += 1
    print(f"{role}: {cells} cells")


async def test_matrix_of_includes_and_chains(hospitals: Process, role: str) -> None:
    ask, cells = hospitals.caller(people()[role]), 0
    patients = open_to(role, "Patient")
    for type_ in TYPES:
        link = _parameter_to_patient(type_)
        if link is None or type_ == "Patient":
            continue
        wanted = open_to(role, type_)
        theirs = {f"Patient/{_situation(place, type_)}" for place in wanted}
        found = shown(await ask("GET", f"/fhir/{type_}?_include={type_}:{link}&_count=500"))
        assert {place for place in found if place.startswith("Patient/")} - patients == set(), (role, type_)
        if type_ != "Patient":
            assert theirs & patients <= found, (role, type_)
        back = shown(await ask("GET", f"/fhir/Patient?_revinclude={type_}:{link}&_count=500"))
        assert of_matrix({place for place in back if place.startswith(f"{type_}/")}) - wanted == set(), (role, type_)
        having = shown(await ask("GET", f"/fhir/Patient?_has:{type_}:{link}:_lastUpdated=gt2000&_count=500"))
        assert of_matrix(having) <= patients & (theirs | _with_stays(role, type_, patients)), (role, type_)
        chained = shown(await ask("GET", f"/fhir/{type_}?{link}:Patient._lastUpdated=gt2000&_count=500"))
        assert of_matrix(chained) == {p for p in wanted if f"Patient/{_situation(p, type_)}" in patients}, (role, type_)
        cells += 4
    print(f"{role}: {cells} cells")


async def test_matrix_of_versions_labels_and_bundles(hospitals: Process, role: str) -> None:
    ask, cells = hospitals.caller(people()[role]), 0
    for type_ in TYPES:
        wanted = open_to(role, type_)
        places = [f"{type_}/{id_in(situation, type_)}" for situation in SITUATIONS]
        for place in places:
            for url in (f"/fhir/{place}/_history/1", f"/fhir/{place}/_history", f"/fhir/{place}/$meta"):
                answer = await ask("GET", url)
                assert (answer.status == 200) is (place in wanted), (role, url, answer.status)
                cells += 1
        entries = [{"request": {"method": "GET", "url": place}} for place in places]
        batch = await ask("POST", "/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries})
        told = [one["response"]["status"][:3] == "200" for one in batch.json["entry"]]
        assert told == [place in wanted for place in places], (role, type_)
        posted = await ask(
            "POST", f"/fhir/{type_}/_search", None, **{"content-type": "application/x-www-form-urlencoded"}
        )
        assert of_matrix(shown(posted)) - wanted == set(), (role, type_)
        cells += len(places) + 1
    print(f"{role}: {cells} cells")


def _parameter_to_patient(type_: str) -> str | None:
    """The parameter of the link by which the specimen is in a record."""
    numbers = {path.number for path in link_of(type_)}
    for name, parameter in standard_parameters(type_).items():
        if parameter.type == "reference" and numbers & {path.number for path in parameter.paths}:
            return name
    return None


def _situation(place: str, type_: str) -> str:
    return place.partition("/")[2].removesuffix(f"-{type_.lower()}")


def _with_stays(role: str, type_: str, patients: set[str]) -> set[str]:
    """Patients who have, beside their specimens, one of the resources that make their situation."""
    return patients if type_ in ("Encounter", "Consent") else set()


WRITERS = {
    "patient": ({"own"}, {"reported", "consent"}),
    "physician": (
        {"treated", "ward", "glass"},
        {"visit", "booking", "order", "diagnostic", "medication", "clinical", "reported", "consent"},
    ),
    "nurse": ({"ward", "glass"}, {"visit", "order", "diagnostic", "clinical", "reported"}),
    "technician": ({"treated", "ward", "other", "own", "glass", "named"}, {"diagnostic"}),
    "pharmacist": ({"treated", "ward", "other", "own", "glass", "named"}, {"medication"}),
    "registrar": (
        {"treated", "ward", "other", "own", "glass", "named"},
        {"identity", "visit", "booking", "finance"},
    ),
}
"""In which situations each role may update what; who is not named may update nothing, a trusted program all."""


async def test_matrix_of_writes(hospitals: Process, role: str) -> None:
    """Each resource is put as it stands, so that whoever may leaves everything as it was."""
    ask, cells = hospitals.caller(people()[role]), 0
    ours = [situation for situation in PATIENTS if situation not in ("far", "sensitive", "guarded")]
    for type_ in [one for one in TYPES if can_be_in_a_record(one)]:
        for situation in ours:
            place = f"{type_}/{id_in(situation, type_)}"
            answer = await ask("PUT", f"/fhir/{place}", specimen(type_, id_in(situation, type_), situation))
            assert (answer.status == 200) is _may_update(role, situation, type_), (role, place, answer.body[:400])
            assert answer.status in (200, 403), (role, place, answer.status)
            cells += 1
    print(f"{role}: {cells} cells")


async def test_a_record_cannot_be_taken_over_by_writing_another_patient_into_it(hospitals: Process) -> None:
    ask = hospitals.caller(people()["nurse"])
    taken = specimen("Observation", id_in("other", "Observation"), "ward")
    assert (await ask("PUT", f"/fhir/Observation/{taken['id']}", taken)).status == 403
    given = specimen("Observation", id_in("ward", "Observation"), "other")
    assert (await ask("PUT", f"/fhir/Observation/{given['id']}", given)).status == 403
    await _stands(hospitals, "Observation", "other")
    await _stands(hospitals, "Observation", "ward")


async def test_nobody_deletes_or_relabels_what_is_closed_to_them(hospitals: Process) -> None:
    ask = hospitals.caller(people()["nurse"])
    for place in ("Observation/other-observation", "Condition/ward-condition"):
        assert (await ask("DELETE", f"/fhir/{place}")).status == 403
    label = {"name": "meta", "valueMeta": {"tag": [{"code": "mine"}]}}
    body = {"resourceType": "Parameters", "parameter": [label]}
    assert (await ask("POST", "/fhir/Observation/other-observation/$meta-add", body)).status in (403, 404)
    patch = [{"op": "replace", "path": "/status", "value": "final"}]
    headers = {"content-type": "application/json-patch+json"}
    assert (await ask("PATCH", "/fhir/Observation/other-observation", patch, **headers)).status in (403, 404)


async def test_a_transaction_with_one_closed_entry_writes_nothing(hospitals: Process) -> None:
    ask = hospitals.caller(people()["nurse"])
    mine = {**specimen("Observation", "ward-new", "ward")}
    closed = {**specimen("Observation", "other-new", "other")}
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"Observation/{one['id']}"}} for one in (mine, closed)
    ]
    answer = await ask("POST", "/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status == 403
    whole = hospitals.caller(people()["integration"])
    assert (await whole("GET", "/fhir/Observation/ward-new")).status == 404


def _may_update(role: str, situation: str, type_: str) -> bool:
    if role == "integration":
        return True
    situations, categories = WRITERS.get(role, (set(), set()))
    return situation in situations and category_of(type_) in categories


async def _stands(hospitals: Process, type_: str, situation: str) -> None:
    whole: Caller = hospitals.caller(people()["integration"])
    found: Any = (await whole("GET", f"/fhir/{type_}/{id_in(situation, type_)}")).json
    assert found["subject"]["reference"] == f"Patient/{situation}"
