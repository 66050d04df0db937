"""What messages mean: patients, visits, results, orders, documents, appointments."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import PID, adt, message, msh, oru

UCUM, SNOMED = "http://unitsofmeasure.org", "http://snomed.info/sct"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


async def reasons(gateway: Gateway) -> list[str]:
    rows = await gateway.rows("SELECT reason, reason_chinese FROM hl7_message WHERE state = 'dead' ORDER BY id")
    assert all(row["reason_chinese"] for row in rows)
    return [str(row["reason"]) for row in rows]


async def events(gateway: Gateway) -> list[str]:
    rows = await gateway.rows("SELECT name FROM event WHERE room = 'hl7v2' AND name NOT LIKE 'hl7%' ORDER BY position")
    return [str(row["name"]) for row in rows]


def stays(encounter: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [
        (stay["location"]["display"], stay["period"]["start"][11:16], (stay["period"].get("end") or "")[11:16] or None)
        for stay in encounter["location"]
    ]


async def test_an_admission_makes_patient_visit_bed_and_doctor(gateway: Gateway) -> None:
    await gateway.take(adt("A01", "20261122080000"))
    patient: dict[str, Any] = await gateway.one("Patient")
    assert [name["text"] for name in patient["name"]] == ["张伟", "Wei Zhang"]
    assert [name["extension"][0]["valueCode"] for name in patient["name"]] == ["IDE", "ABC"]
    assert (patient["gender"], patient["birthDate"], patient["active"]) == ("male", "1980-01-02", True)
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert encounter["status"] == "in-progress"
    assert encounter["class"]["code"] == "IMP"
    assert encounter["participant"][0]["individual"]["display"] == "王芳"
    assert encounter["subject"] == {"reference": f"Patient/{patient['id']}"}
    places: list[Any] = await gateway.of_type("Location")
    kinds = {place["identifier"][0]["value"]: place["physicalType"]["coding"][0]["code"] for place in places}
    assert kinds == {"W07": "wa", "W07-12": "ro", "W07-12-2": "bd"}
    bed = next(place for place in places if place["name"] == "W07 12 2")
    room = next(place for place in places if place["name"] == "W07 12")
    assert bed["partOf"] == {"reference": f"Location/{room['id']}"}
    assert await events(gateway) == ["patient.registered", "encounter.arrived"]


DAY = [
    adt("A01", "20261122080000", "W07^12^2"),
    adt("A02", "20261122100000", "W08^1^1"),
    adt("A02", "20261122120000", "W07^12^2"),
    adt("A02", "20261122140000", "ICU^^1"),
    adt("A03", "20261122160000", "ICU^^1"),
    adt("A13", "20261122170000", "ICU^^1"),
    adt("A03", "20261122180000", "ICU^^1"),
]


@pytest.mark.parametrize(
    "order", [(0, 1, 2, 3, 4, 5, 6), (0, 2, 1, 4, 3, 6, 5), (6, 5, 4, 3, 2, 1, 0), (0, 6, 3, 1, 5, 2, 4)]
)
async def test_a_stay_reads_the_same_in_whatever_order_its_messages_come(
    gateway: Gateway, order: tuple[int, ...]
) -> None:
    await gateway.take(*(DAY[place] for place in order))
    assert await reasons(gateway) == []
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert stays(encounter) == [
        ("W07 12 2", "08:00", "10:00"),
        ("W08 1 1", "10:00", "12:00"),
        ("W07 12 2", "12:00", "14:00"),
        ("ICU 1", "14:00", "18:00"),
    ]
    assert [(one["status"], one["period"]["start"][11:16]) for one in encounter["statusHistory"]] == [
        ("in-progress", "08:00"),
        ("finished", "16:00"),
        ("in-progress", "17:00"),
        ("finished", "18:00"),
    ]
    assert encounter["status"] == "finished"
    assert encounter["period"] == {"start": "2026-11-22T08:00:00+08:00", "end": "2026-11-22T18:00:00+08:00"}


async def test_a_cancelled_transfer_brings_the_patient_back_and_is_cancelled_only_once(gateway: Gateway) -> None:
    await gateway.take(*DAY[:2])
    await gateway.take(adt("A12", "20261122110000", "W07^12^2"))
    assert stays(await gateway.one("Encounter")) == [("W07 12 2", "08:00", None)]
    await gateway.take(adt("A12", "20261122110000", "W07^12^2", who="again"))
    assert stays(await gateway.one("Encounter")) == [("W07 12 2", "08:00", None)]
    assert await reasons(gateway) == []


async def test_a_cancelled_admission_is_a_cancelled_visit(gateway: Gateway) -> None:
    await gateway.take(DAY[0], adt("A11", "20261122083000"))
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert encounter["status"] == "cancelled"
    assert encounter["location"][0]["status"] == "completed"


async def test_a_discharge_closes_bed_and_visit(gateway: Gateway) -> None:
    await gateway.take(DAY[0], adt("A03", "20261122160000", pv1="|20261122155500"))
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert encounter["period"]["end"] == "2026-11-22T15:55:00+08:00"
    assert encounter["location"][0]["period"]["end"] == "2026-11-22T15:55:00+08:00"
    assert await events(gateway) == ["patient.registered", "encounter.arrived", "encounter.finished"]


async def test_an_update_changes_what_it_carries_and_leaves_the_rest(gateway: Gateway) -> None:
    full = PID + "|||上海市徐汇区枫林路180号^^上海^^200032^CHN^H||021-64041990^PRN^PH||zh|M"
    await gateway.take(adt("A01", "20261122080000", pid=full))
    changed = 'PID|1||M001^^^HIS^MR||张^伟^^^^^L^I||19800102|M|||||13800138000^PRS^CP|||""'
    await gateway.take(adt("A08", "20261122090000", pid=changed))
    patient: dict[str, Any] = await gateway.one("Patient")
    assert patient["telecom"] == [{"system": "phone", "value": "13800138000", "use": "mobile"}]
    assert patient["address"][0]["line"] == ["上海市徐汇区枫林路180号"]
    assert "maritalStatus" not in patient
    assert patient["communication"][0]["language"]["coding"][0]["code"] == "zh"


async def test_a_late_update_overwrites_nothing_newer(gateway: Gateway) -> None:
    phone = "PID|1||M001^^^HIS^MR||张^伟||19800102|M|||||{}^PRS^CP|||{}"
    await gateway.take(adt("A08", "20261122100000", pid=phone.format("222", "")))
    await gateway.take(adt("A08", "20261122090000", pid=phone.format("111", "M")))
    patient: dict[str, Any] = await gateway.one("Patient")
    assert patient["telecom"][0]["value"] == "222"
    assert patient["maritalStatus"]["coding"][0]["code"] == "M"


@pytest.mark.parametrize("event", ["A34", "A40"])
async def test_merged_patients_point_at_each_other_and_later_messages_go_to_the_survivor(
    gateway: Gateway, event: str
) -> None:
    old = PID.replace("M001", "M000")
    await gateway.take(
        adt("A01", "20261122080000", pid=old),
        message(
            msh(f"ADT^{event}", "merge", at="20261122090000"), f"EVN|{event}|20261122090000", PID, "MRG|M000^^^HIS^MR"
        ),
        oru("late", "20261122100000", "OBR|1||F9^LIS|CBC^血常规^L", "OBX|1|NM|HB^血红蛋白^L||130|g/L|||||F", pid=old),
    )
    assert await reasons(gateway) == []
    patients: list[Any] = await gateway.of_type("Patient")
    kept = next(one for one in patients if one["active"])
    gone = next(one for one in patients if not one["active"])
    assert gone["identifier"][0]["value"] == "M000"
    assert gone["link"] == [{"type": "replaced-by", "other": {"reference": f"Patient/{kept['id']}"}}]
    assert kept["link"] == [{"type": "replaces", "other": {"reference": f"Patient/{gone['id']}"}}]
    assert [one["value"] for one in kept["identifier"]] == ["M001"]
    assert (await gateway.one("Observation"))["subject"] == {"reference": f"Patient/{kept['id']}"}
    assert "identity.linked" in await events(gateway)


@pytest.mark.parametrize(
    ("obx", "expected"),
    [
        ("NM|K^钾^L||5.10|mmol/L^^UCUM",
         {"valueQuantity": {"value": Decimal("5.10"), "unit": "mmol/L", "system": UCUM, "code": "mmol/L"}}),
        ("NM|K||+.50|", {"valueQuantity": {"value": Decimal("0.50")}}),
        ("NM|K||12345678901234567890|", {"valueQuantity": {"value": 12345678901234567890}}),
        ("NM|K||37.5|", {"valueQuantity": {"value": 37.5}}),
        ("NM|K||<15|ml", {"valueQuantity": {"value": 15, "comparator": "<", "unit": "ml"}}),
        ("NM|K||溶血|", {"valueString": "溶血"}),
        ("SN|K||>^100|mg", {"valueQuantity": {"value": 100, "comparator": ">", "unit": "mg"}}),
        ("SN|K||^2^-^5|mg", {"valueRange": {"low": {"value": 2, "unit": "mg"}, "high": {"value": 5, "unit": "mg"}}}),
        ("SN|K||^1^:^128|", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ("ST|K||阴性 & 弱阳^性|", {"valueString": "阴性 & 弱阳^性"}),
        ("FT|K||第一行\\.br\\第二行~第三行|", {"valueString": "第一行\n第二行\n第三行"}),
        ("CWE|K||260385009^Negative^SCT|",
         {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "260385009", "display": "Negative"}]}}),
        ("DT|K||20261122|", {"valueDateTime": "2026-11-22"}),
        ("TM|K||0805|", {"valueTime": "08:05:00"}),
        ("TS|K||202611220805|", {"valueDateTime": "2026-11-22T08:05:00+08:00"}),
        ("|K|||", {"dataAbsentReason": {"coding": [{"system": ABSENT, "code": "unknown"}]}}),
    ],
)  # fmt: skip
async def test_a_value_is_read_by_its_data_type(gateway: Gateway, obx: str, expected: dict[str, Any]) -> None:
    await gateway.take(oru("v", "20261122080000", "OBR|1||F1|CBC^血常规^L|||20261122075500", f"OBX|1|{obx}||||||F"))
    assert await reasons(gateway) == []
    observation: dict[str, Any] = await gateway.one("Observation")
    assert {name: value for name, value in observation.items() if name.startswith(("value", "dataAbsent"))} == expected


async def test_the_precision_of_a_result_is_kept_and_it_is_found_by_its_value(gateway: Gateway) -> None:
    lines = ("OBR|1||F1|CBC^血常规^L", "OBX|1|NM|K^钾^L||5.10|mmol/L|3.50-5.30||||F")
    await gateway.take(oru("1", "20261122080000", *lines), oru("2", "20261122080000", *lines))
    observation: dict[str, Any] = await gateway.one("Observation")
    async with gateway.database.connection() as connection:
        stored = await gateway.store.read_version(connection, "Observation", observation["id"])
        found = await gateway.store.search(connection, "Observation", [("value-quantity", "5.10")])
    assert stored.version == 1
    assert b'"value":5.10,' in (stored.content or b"")
    assert b'"high":{"value":5.30,' in (stored.content or b"")
    assert [one["id"] for one in found.resources()] == [observation["id"]]


async def test_an_attached_report_is_kept_as_an_attachment(gateway: Gateway) -> None:
    data = base64.b64encode(b"%PDF-1.7").decode()
    await gateway.take(
        oru(
            "ed",
            "20261122080000",
            "OBR|1||F1|XR^胸片^L",
            f"OBX|1|ED|PDF^报告^L||LIS^application^pdf^Base64^{data}||||||F",
        )
    )
    observation: dict[str, Any] = await gateway.one("Observation")
    assert observation["extension"][0]["valueAttachment"] == {"contentType": "application/pdf", "data": data}


async def test_a_corrected_result_replaces_the_value_and_a_late_preliminary_one_does_not(gateway: Gateway) -> None:
    def result(control_id: str, at: str, value: str, status: str, obx: str = "K") -> bytes:
        lines = (
            f"OBR|1|P1^HIS|F1^LIS|CBC^血常规^L{'|' * 21}{status}",
            f"OBX|1|NM|{obx}||{value}|mmol/L|3.5-5.3|H|||{status}",
        )
        return oru(control_id, at, *lines)

    await gateway.take(result("1", "20261122080000", "6.5", "F"), result("2", "20261122090000", "5.5", "C"))
    await gateway.take(result("0", "20261122070000", "6.0", "P"), result("00", "20261122071000", "1.0", "F", obx="NA"))
    report: dict[str, Any] = await gateway.one("DiagnosticReport")
    observations: list[Any] = await gateway.of_type("Observation")
    potassium = next(one for one in observations if one["code"]["coding"][0]["code"] == "K")
    assert (potassium["valueQuantity"]["value"], potassium["status"], report["status"]) == (
        5.5,
        "corrected",
        "corrected",
    )
    assert potassium["referenceRange"][0]["high"]["value"] == 5.3
    assert len(report["result"]) == 2
    assert [one["type"]["coding"][0]["code"] for one in report["identifier"]] == ["PLAC", "FILL"]
    request: dict[str, Any] = await gateway.one("ServiceRequest")
    assert report["basedOn"] == [{"reference": f"ServiceRequest/{request['id']}"}]
    assert [one["value"] for one in request["identifier"]] == ["P1", "F1"]


async def test_two_panels_under_one_order_number_are_two_reports(gateway: Gateway) -> None:
    lines = ("OBR|1||F1|CBC^血常规^L", "OBX|1|NM|HB||130", "OBR|2||F1|CRP^反应蛋白^L", "OBX|1|NM|CRP||5")
    for control_id in ("p1", "p2"):
        await gateway.take(oru(control_id, "20261122080000", *lines))
    reports: list[Any] = await gateway.of_type("DiagnosticReport")
    assert sorted(one["code"]["coding"][0]["code"] for one in reports) == ["CBC", "CRP"]
    assert {one["meta"]["versionId"] for one in reports} == {"1"}


@pytest.mark.parametrize("kind", ["ORM^O01", "OMG^O19"])
async def test_an_order_is_placed_then_cancelled_and_its_result_points_at_it(gateway: Gateway, kind: str) -> None:
    def order(control_id: str, at: str, control: str) -> bytes:
        orc = f"ORC|{control}|P7^HIS|||||||{at}|||D01^王^芳^^^^^^HIS"
        return message(msh(kind, control_id, at=at), PID, orc, "OBR|1|P7^HIS||CT^胸部CT^L|S", "NTE|1||怀孕?")

    await gateway.take(order("o1", "20261122080000", "NW"))
    request: dict[str, Any] = await gateway.one("ServiceRequest")
    assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "stat")
    assert request["authoredOn"] == "2026-11-22T08:00:00+08:00"
    assert request["note"] == [{"text": "怀孕?"}]
    await gateway.take(oru("r1", "20261122090000", "OBR|1|P7^HIS|F7^LIS|CT^胸部CT^L", "OBX|1|TX|CT||未见异常||||||F"))
    report: dict[str, Any] = await gateway.one("DiagnosticReport")
    assert report["basedOn"][0]["reference"] == f"ServiceRequest/{request['id']}"
    await gateway.take(order("o2", "20261122100000", "OC"))
    assert (await gateway.one("ServiceRequest"))["status"] == "revoked"
    assert await events(gateway) == ["patient.registered", "order.placed", "result.received"]


async def test_an_appointment_is_booked_moved_and_missed(gateway: Gateway) -> None:
    def siu(event: str, at: str, start: str) -> bytes:
        sch = f"SCH|A1^HIS|B1^SCHED|||||随访^^|FOLLOWUP^^|20|MIN|^^^{start}"
        return message(
            msh(f"SIU^{event}", event, at=at),
            sch,
            PID,
            "RGS|1",
            "AIS|1||CARD^心内科^L",
            "AIP|1||D01^王^芳^^^^^^HIS",
            "AIL|1||OPD^3",
        )

    await gateway.take(siu("S12", "20261122080000", "20261125090000"))
    appointment: dict[str, Any] = await gateway.one("Appointment")
    assert (appointment["status"], appointment["start"], appointment["end"]) == (
        "booked", "2026-11-25T09:00:00+08:00", "2026-11-25T09:20:00+08:00",
    )  # fmt: skip
    assert [one["actor"]["reference"].split("/")[0] for one in appointment["participant"]] == [
        "Patient",
        "Practitioner",
        "Location",
    ]
    await gateway.take(siu("S13", "20261122090000", "20261126100000"), siu("S26", "20261126110000", "20261126100000"))
    appointment = await gateway.one("Appointment")
    assert (appointment["status"], appointment["start"]) == ("noshow", "2026-11-26T10:00:00+08:00")
    assert await events(gateway) == ["patient.registered", "appointment.booked", "appointment.cancelled"]


async def test_a_document_keeps_its_text(gateway: Gateway) -> None:
    await gateway.take(
        message(
            msh("MDM^T02", "d1", at="20261122080000"), PID,
            "TXA|1|PN|TX|20261122080000|||||D01^王^芳^^^^^^HIS|||DOC1||||出院记录|AU",
            "OBX|1|TX|PN^病程记录^L||患者一般情况可。", "OBX|2|TX|PN^病程记录^L||体温正常。",
        )
    )  # fmt: skip
    document: dict[str, Any] = await gateway.one("DocumentReference")
    attachment = document["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"]).decode() == "患者一般情况可。\n体温正常。"
    assert (document["docStatus"], attachment["title"]) == ("final", "病程记录")


async def test_allergies_and_diagnoses_are_kept_once(gateway: Gateway) -> None:
    lines = ("AL1|1|DA|PEN^青霉素^L|SV|皮疹", "DG1|1||I10^高血压^ICD10||20261122|A")
    await gateway.take(adt("A01", "20261122080000", "W07", *lines), adt("A08", "20261122090000", "W07", *lines))
    allergy: dict[str, Any] = await gateway.one("AllergyIntolerance")
    assert (allergy["criticality"], allergy["category"], allergy["reaction"][0]["severity"]) == (
        "high",
        ["medication"],
        "severe",
    )
    condition: dict[str, Any] = await gateway.one("Condition")
    assert condition["code"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/icd-10"
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert encounter["diagnosis"][0]["condition"] == {"reference": f"Condition/{condition['id']}"}
    assert encounter["diagnosis"][0]["use"]["coding"][0]["code"] == "AD"


async def test_the_demo_hospital_is_met_under_its_own_identifiers(gateway: Gateway) -> None:
    pid = "PID|1||10001^^^XLMRN^MR~11010519491231002X^^^CNRID^NI||李^娜||19491231|F"
    pv1 = "PV1|1|E|W07^12^2||||S1^王^芳^^^^^^XLSTAFF||||||||||||V9^^^XLVISIT"
    await gateway.take(message(msh("ADT^A04", "x", sender="XLDEMO"), pid, pv1))
    base = "https://xinglin.health/id"
    patient: dict[str, Any] = await gateway.one("Patient")
    assert [one["system"] for one in patient["identifier"]] == [f"{base}/patient", f"{base}/cn/resident-id"]
    encounter: dict[str, Any] = await gateway.one("Encounter")
    assert (encounter["identifier"][0]["system"], encounter["class"]["code"]) == (f"{base}/visit", "EMER")
    places: list[Any] = await gateway.of_type("Location")
    assert {one["identifier"][0]["system"] for one in places} == {f"{base}/location"}
    assert (await gateway.one("Practitioner"))["identifier"][0] == {"system": f"{base}/practitioner", "value": "S1"}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (message(msh("ADT^A99", "d"), PID), "type ADT^A99 are not supported"),
        (message(msh("ADT^A01", "d")), "no PID"),
        (message(msh("ADT^A01", "d"), "PID|1||"), "PID-3 holds no patient identifier"),
        (message(msh("ADT^A02", "d"), PID, "PV1|1|I|W1"), "PV1-19 and PV1-44 are empty"),
        (message(msh("ADT^A01", "d"), PID.replace("19800102", "19800231"), "PV1|1|I|W1"), "is not a date"),
        (message(msh("ADT^A12", "d"), PID, "PV1|1|I|W1||||||||||||||||V1"), "no transfer to cancel"),
        (message(msh("ORU^R01", "d"), PID, "OBX|1|NM|K||1"), "OBX stands before any OBR"),
        (message(msh("ORU^R01", "d"), PID), "no OBR"),
        (message(msh("ORM^O01", "d"), PID, "ORC|OC|P404"), "is not known and has no OBR"),
        (message(msh("SIU^S12", "d"), PID, "SCH|A1"), "no time"),
        (message(msh("MDM^T02", "d"), PID, "TXA|1|PN"), "TXA-12"),
        (message(msh("ADT^A40", "d"), PID), "no MRG"),
    ],
)
async def test_what_cannot_be_mapped_is_a_dead_letter_with_its_reason_and_holds_nobody_up(
    gateway: Gateway, raw: bytes, reason: str
) -> None:
    codes = await gateway.take(raw, adt("A01", "20261122080000"))
    assert codes == ["AA", "AA"]
    assert [reason in found for found in await reasons(gateway)] == [True]
    assert (await gateway.one("Encounter"))["status"] == "in-progress"


async def test_a_message_that_the_store_refuses_is_found_among_its_batch_and_buried_alone(gateway: Gateway) -> None:
    good = [adt("A08", f"2026112208{minute:02d}00", pid=PID.replace("M001", f"M1{minute}")) for minute in range(20)]
    bad = oru("bad", "20261122083000", "OBR|1||F1|CBC^血常规^L", "OBX|1|RP|PDF||a pointer with spaces||||||F")
    await gateway.take(*good[:10], bad, *good[10:])
    rows = await gateway.rows("SELECT state, count(*) AS many FROM hl7_message GROUP BY 1 ORDER BY 1")
    assert rows == [{"state": "dead", "many": 1}, {"state": "processed", "many": 20}]
    assert len(await gateway.of_type("Patient")) == 20
    assert len(await reasons(gateway)) == 1
