"""What was decided is dropped the moment that it rests on something else: consent, care, glass, roles, rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hospitals import people
from web_process import Process

from xinglin.business_platform.access.policy import shipped
from xinglin.foundation.database import Database

_WARD = "/fhir/Observation/ward-observation"
_OTHER = "/fhir/Observation/other-observation"


def consent(patient: str, **provision: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": f"{patient}-later",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {"coding": [{"code": "OPTIN"}]},
        "provision": provision,
    }


async def test_a_consent_and_its_withdrawal_hold_from_the_next_request_on(hospitals: Process) -> None:
    nurse, whole = hospitals.caller(people()["nurse"]), hospitals.caller(people()["integration"])
    assert (await nurse("GET", _WARD)).status == 200
    denial = consent("ward", type="deny")
    assert (await whole("PUT", f"/fhir/Consent/{denial['id']}", denial)).status == 201
    assert (await nurse("GET", _WARD)).status in (403, 404)
    assert (await whole("PUT", f"/fhir/Consent/{denial['id']}", {**denial, "status": "inactive"})).status == 200
    assert (await nurse("GET", _WARD)).status == 200


@pytest.mark.parametrize(
    ("provision", "observation", "condition"),
    [
        ({"type": "deny", "class": [{"code": "Observation"}]}, 1, 0),
        ({"type": "deny", "purpose": [{"code": "HRESCH"}]}, 0, 0),
        ({"type": "deny", "period": {"end": "2020-01-01"}}, 0, 0),
        ({"type": "deny", "actor": [{"role": {"text": "x"}, "reference": {"reference": "Practitioner/x"}}]}, 0, 0),
        ({"type": "deny", "actor": [{"role": {"text": "x"}, "reference": {"reference": "Organization/unit-1"}}]}, 1, 1),
        ({"type": "deny", "provision": [{"type": "permit", "class": [{"code": "Observation"}]}]}, 0, 1),
    ],
)
async def test_a_consent_shuts_out_what_its_provision_names_and_no_more(
    hospitals: Process, provision: dict[str, Any], observation: int, condition: int
) -> None:
    nurse, whole = hospitals.caller(people()["nurse"]), hospitals.caller(people()["integration"])
    given = consent("ward", **provision)
    assert (await whole("PUT", f"/fhir/Consent/{given['id']}", given)).status in (200, 201)
    for place, shut in ((_WARD, observation), ("/fhir/Condition/ward-condition", condition)):
        assert ((await nurse("GET", place)).status != 200) is bool(shut), (place, provision)
    assert (await whole("DELETE", f"/fhir/Consent/{given['id']}")).status == 200
    assert (await nurse("GET", _WARD)).status == 200


async def test_a_transfer_opens_and_closes_the_record_for_the_ward(hospitals: Process) -> None:
    nurse, whole = hospitals.caller(people()["nurse"]), hospitals.caller(people()["integration"])
    stay = (await whole("GET", "/fhir/Encounter/other-stay")).json
    assert (await nurse("GET", _OTHER)).status == 403
    moved = {**stay, "serviceProvider": {"reference": "Organization/unit-1"}}
    assert (await whole("PUT", "/fhir/Encounter/other-stay", moved)).status == 200
    assert (await nurse("GET", _OTHER)).status == 200
    assert (await whole("PUT", "/fhir/Encounter/other-stay", {**stay, "status": "cancelled"})).status == 200
    assert (await nurse("GET", _OTHER)).status == 403
    assert (await whole("PUT", "/fhir/Encounter/other-stay", stay)).status == 200


async def test_the_glass_is_broken_with_a_reason_for_a_while_and_reviewed_by_somebody_else(
    hospitals: Process, database: Database
) -> None:
    nurse, office = hospitals.caller(people()["nurse"]), hospitals.caller(people()["security_administrator"])
    assert (await nurse("GET", _OTHER)).json["issue"][0]["code"] == "suppressed"
    assert (await nurse("POST", "/api/access/emergencies", {"patient": "other", "reason": "x"})).status == 400
    assert (await nurse("POST", "/api/access/emergencies", {"patient": "absent", "reason": "chest pain"})).status == 404
    asked = {"patient": "other", "reason": "chest pain, needs the allergy list"}
    broken = await nurse("POST", "/api/access/emergencies", asked)
    assert broken.status == 201
    assert (await nurse("GET", _OTHER)).status == 200
    told = await _events(database, broken.json["id"])
    assert told == [("break_glass.used", "Patient/other")]
    waiting = (await office("GET", "/api/access/emergencies")).json["emergencies"]
    assert broken.json["id"] in [one["id"] for one in waiting]
    assert (await nurse("DELETE", f"/api/access/emergencies/{broken.json['id']}")).status == 204
    assert (await nurse("GET", _OTHER)).status == 403
    review = f"/api/access/emergencies/{broken.json['id']}/review"
    assert (await nurse("POST", review, {"verdict": "justified"})).status == 403
    assert (await office("POST", review, {"verdict": "justified", "remark": "seen"})).status == 204
    assert (await office("POST", review, {"verdict": "unjustified"})).status == 404, "none is reviewed twice"


async def test_nobody_reviews_their_own_emergency(hospitals: Process) -> None:
    both = replace(
        people()["nurse"],
        id=str(uuid4()),
        session_id=str(uuid4()),
        roles=frozenset({"nurse", "security_administrator"}),
    )
    ask = hospitals.caller(both)
    broken = await ask("POST", "/api/access/emergencies", {"patient": "other", "reason": "unconscious on arrival"})
    assert broken.status == 201
    review = f"/api/access/emergencies/{broken.json['id']}/review"
    assert (await ask("POST", review, {"verdict": "justified"})).status == 404


async def test_another_role_changes_what_is_seen_with_the_next_request(hospitals: Process) -> None:
    nurse = people()["nurse"]
    ask = hospitals.caller(nurse)
    assert (await ask("GET", _WARD)).status == 200
    hospitals.doors.people[nurse.session_id] = replace(nurse, roles=frozenset({"registrar"}))
    assert (await ask("GET", _WARD)).status == 404
    hospitals.doors.people[nurse.session_id] = replace(nurse, units=())
    assert (await ask("GET", _WARD)).status == 403
    hospitals.doors.people[nurse.session_id] = nurse
    assert (await ask("GET", _WARD)).status == 200


async def test_other_rules_hold_at_once_and_the_last_administrator_cannot_be_locked_out(hospitals: Process) -> None:
    nurse, office = hospitals.caller(people()["nurse"]), hospitals.caller(people()["security_administrator"])
    assert (await nurse("GET", _WARD)).status == 200
    number = (await office("GET", "/api/access/laws")).json["in_force"]["number"]
    less = shipped().text.replace('@id("in-care")', '@id("never")').replace("resource.department ||", "false ||")
    amended = await office("POST", "/api/access/laws", {"text": less, "note": "try", "rests_on": number})
    assert amended.status == 201, amended.body
    assert (await nurse("GET", _WARD)).status == 403
    old = replace(people()["security_administrator"], session_id=str(uuid4()), authenticated_at=None)
    unproved = await hospitals.caller(old)("POST", "/api/access/laws", {"text": less, "note": "try", "rests_on": 1})
    assert unproved.status == 401, "who changes rules proves anew who they are"
    stale = await office("POST", "/api/access/laws", {"text": less, "note": "try", "rests_on": number})
    assert stale.status == 409
    nobody = "".join(part for part in shipped().text.partition('@id("security")')[0])
    locked = await office("POST", "/api/access/laws", {"text": nobody, "note": "try", "rests_on": number + 1})
    assert locked.status == 422
    assert b"nobody could mend that" in locked.body
    no_law = await office("POST", "/api/access/laws", {"text": "permit (", "note": "try", "rests_on": number + 1})
    assert no_law.status == 400
    back = {"text": shipped().text, "note": "back", "rests_on": number + 1}
    assert (await office("POST", "/api/access/laws", back)).status == 201
    assert (await nurse("GET", _WARD)).status == 200


async def test_people_prove_anew_who_they_are_before_versions_are_removed_for_ever(hospitals: Process) -> None:
    director = people()["medical_director"]
    stale = replace(director, session_id=str(uuid4()), authenticated_at=None)
    path = f"{_WARD.partition('?')[0]}/$expunge"
    unproved = await hospitals.caller(stale)("POST", path, {"resourceType": "Parameters"})
    assert unproved.status == 401 and b"Prove again who you are" in unproved.body
    assert (await hospitals.caller(director)("POST", path, {"resourceType": "Parameters"})).status != 401


async def test_why_names_the_rule_and_the_facts(hospitals: Process) -> None:
    nurse = hospitals.caller(people()["nurse"])
    open_one = (await nurse("GET", "/api/access/why?type=Observation&id=ward-observation")).json
    assert open_one["allowed"] and [rule["id"] for rule in open_one["rules"]] == ["in-care"]
    assert open_one["facts"]["department"] and not open_one["facts"]["treating"]
    masked = (await nurse("GET", "/api/access/why?type=Observation&id=sensitive-observation")).json
    assert not masked["allowed"] and [rule["id"] for rule in masked["rules"]] == ["sensitive-masked"]
    closed = (await nurse("GET", "/api/access/why?type=Observation&id=other-observation")).json
    assert not closed["allowed"] and closed["rules"] == []
    patient = hospitals.caller(people()["patient"])
    assert (await patient("GET", "/api/access/why?type=Observation&id=ward-observation")).status == 403


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        (("user/Observation.rs",), {"Observation"}),
        (("user/*.rs",), {"Observation", "Condition", "Patient"}),
        (("patient/Observation.rs", "launch/patient", "openid"), {"Observation"}),
        (("user/Observation.cud",), set()),
        (("user/Nothing.rs", "garbage", "user/Observation.sr"), set()),
        (("user/Observation.rs?status=registered",), {"Observation"}),
        (("user/Observation.rs?status=final",), set()),
        (("user/Observation.rs?date=gt2000",), set()),
        ((), set()),
    ],
)
async def test_scopes_narrow_what_a_program_does_in_somebodys_name(
    hospitals: Process, scopes: tuple[str, ...], seen: set[str]
) -> None:
    limited = replace(people()["nurse"], session_id=f"limited {scopes}", scopes=scopes, patient="ward")
    ask = hospitals.caller(limited)
    places = {"Observation": "ward-observation", "Condition": "ward-condition", "Patient": "ward"}
    opened = {type_ for type_, id_ in places.items() if (await ask("GET", f"/fhir/{type_}/{id_}")).status == 200}
    assert opened == seen
    whole = {type_ for type_ in places if (await ask("GET", f"/fhir/{type_}?_count=1")).json.get("entry")}
    assert whole == seen


async def test_a_launch_about_one_patient_sees_no_other(hospitals: Process) -> None:
    scopes = ("patient/*.rs", "launch")
    limited = replace(people()["nurse"], session_id="launched", scopes=scopes, patient="ward")
    ask = hospitals.caller(limited)
    assert (await ask("GET", _WARD)).status == 200
    assert (await ask("GET", "/fhir/Observation/glass-observation")).status in (403, 404)
    found = (await ask("GET", "/fhir/Observation?_count=500")).json["entry"]
    assert {one["resource"]["subject"]["reference"] for one in found} == {"Patient/ward"}


async def _events(database: Database, id_: str) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT name, ordering_key FROM event WHERE id = $1::uuid", id_)
    return [tuple(row) for row in rows]
