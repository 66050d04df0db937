"""What the demo says in HL7 v2 and FHIR, other systems can read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from xinglin_demo.day import Kind
from xinglin_demo.day.booking import appointment, is_booking
from xinglin_demo.day.speech import is_scheduled_by_message, message
from xinglin_demo.wire.hl7 import escape, parts, read_acknowledgement, segment

from .telling import REAL_FROM, TELLING, two_days


def fields(line: str) -> list[str]:
    """Fields so that index is the standard's number, also in MSH."""
    found = line.split("|")
    return [found[0], "|", *found[1:]] if found[0] == "MSH" else found


def read(raw: bytes) -> list[list[str]]:
    charset = fields(raw.split(b"\r")[0].decode("ascii", "replace"))[18]
    text = raw.decode({"UNICODE UTF-8": "utf-8", "GB18030": "gb18030"}[charset])
    return [fields(line) for line in text.split("\r") if line]


@pytest.fixture(scope="module")
def messages() -> list[tuple[Kind, list[list[str]]]]:
    return [
        (one.kind, read(message(TELLING, one, index)))
        for index, one in enumerate(two_days()[::3])
        if not is_booking(one) or is_scheduled_by_message(one)
    ]


def test_every_message_names_person_and_control_number(messages: list) -> None:
    controls = Counter()
    for _, lines in messages:
        header = lines[0]
        assert (header[0], header[2], header[3], header[12]) == ("MSH", "^~\\&", "XLDEMO", "2.5.1")
        assert len(header[10]) == 20
        controls[header[10]] += 1
        person = next(line for line in lines if line[0] == "PID")
        kinds = [identifier.split("^")[3] for identifier in person[3].split("~")]
        assert kinds == ["XLMRN", "CNRID", "CNINS"]
        assert person[5].count("~") == 1
    assert set(controls.values()) == {1}


def test_all_trigger_events_of_a_hospital_day_are_told(messages: list) -> None:
    told = {lines[0][9] for _, lines in messages}
    assert told >= {
        "ADT^A01^ADT_A01",
        "ADT^A02^ADT_A02",
        "ADT^A03^ADT_A03",
        "ADT^A04^ADT_A01",
        "ORM^O01^ORM_O01",
        "ORU^R01^ORU_R01",
        "MDM^T02^MDM_T02",
        "SIU^S12^SIU_S12",
    }


def test_part_of_the_messages_is_gb18030(messages: list) -> None:
    charsets = Counter(lines[0][18] for _, lines in messages)
    assert charsets["UNICODE UTF-8"] > charsets["GB18030"] > 500


def test_results_carry_loinc_unit_range_and_flag(messages: list) -> None:
    results = [line for kind, lines in messages if kind is Kind.RESULTED for line in lines if line[0] == "OBX"]
    for line in results:
        code, name, system, _, english, _ = line[3].split("^")
        assert code[-2] == "-" and system == "LN" and not name.isascii() and english.isascii()
        assert line[6].endswith("^UCUM") and line[7] and line[8] in ("N", "H", "L", "HH", "LL")
        float(line[5])
    assert len(results) > 1000


def test_beds_are_written_as_point_of_care_room_and_bed(messages: list) -> None:
    visits = [line for kind, lines in messages if kind is Kind.ADMITTED for line in lines if line[0] == "PV1"]
    for line in visits:
        ward, room, bed = line[3].split("^")
        assert ward[0] == "W" and room.isdigit() and bed.isdigit() and line[2] == "I"


def test_delimiters_in_text_are_escaped_and_chinese_is_not() -> None:
    assert escape("张|三^A&B~C\\D\n下一行") == r"张\F\三\S\A\T\B\R\C\E\D\.br\下一行"
    assert parts("a^b", "", "") == r"a\S\b"
    assert segment("NTE", {1: "1", 3: "x"}) == "NTE|1||x"


def test_the_same_happening_gives_the_same_bytes() -> None:
    one = next(one for one in two_days() if one.kind is Kind.RESULTED)
    assert message(TELLING, one, 7) == message(TELLING, one, 7)


def test_a_day_at_sixty_times_its_speed_is_stamped_with_the_minutes_it_takes() -> None:
    one = next(one for one in two_days() if one.at > two_days()[-1].at - timedelta(hours=1))
    lines = read(message(TELLING, one, 0)) if not is_booking(one) else None
    began = TELLING.timeline.stretches[0].simulated_from
    real = TELLING.timeline.real(one.at)
    assert (real - REAL_FROM) * 60 == pytest.approx(one.at - began, abs=timedelta(seconds=1))
    if lines is not None:
        told = datetime.strptime(lines[0][7], "%Y%m%d%H%M%S.%f%z")
        assert abs(told - real) < timedelta(milliseconds=2)


def test_a_pause_never_changes_what_was_already_said() -> None:
    one = next(
        one for one in two_days() if one.kind is Kind.BOOKED and one.at > TELLING.timeline.stretches[0].simulated_from
    )
    paused_from = one.at + timedelta(minutes=1)
    later = TELLING.timeline.going_on(paused_from, REAL_FROM + timedelta(days=1), 10)
    assert later.real(one.slot_at, one.at) == TELLING.timeline.real(one.slot_at, one.at)
    assert later.real(paused_from) == REAL_FROM + timedelta(days=1)


def test_a_booking_is_an_appointment_of_loaded_patient_and_doctor() -> None:
    one = next(one for one in two_days() if one.kind is Kind.BOOKED and not is_scheduled_by_message(one))
    resource = appointment(TELLING, one)
    actors = [participant["actor"]["reference"].split("/")[0] for participant in resource["participant"]]
    assert actors == ["Patient", "Practitioner", "HealthcareService", "Location"]
    assert resource["status"] == "booked" and resource["start"] < resource["end"]


def test_an_acknowledgement_is_read_with_its_reason() -> None:
    answer = read_acknowledgement(b"MSH|^~\\&|N\rMSA|AE|0007|\rERR||PID^1|101^missing\r")
    assert answer is not None and not answer.accepted
    assert (answer.control_id, answer.text) == ("0007", "|PID^1|101^missing")
    assert read_acknowledgement(b"hello") is None
