"""The segments of XLDEMO's messages; field numbers are those of HL7 v2.5.1, chapters 3, 4, 7, 9 and 10."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..dice import dice
from ..hospital import NAME, Doctor, Place
from ..population import Person, draw_name
from ..wire.hl7 import parts, repeats, segment
from .course import values
from .happening import Happening, Kind, Order, Stay
from .laboratory import VITAL_SIGNS

Stamp = Callable[[datetime], str]
_TRIAGE_NAMES = {1: "一级 濒危", 2: "二级 危重", 3: "三级 急症", 4: "四级 非急症"}


def person_identification(person: Person) -> str:
    """PID with hospital number, resident ID and insurance number; the name in characters and in pinyin."""
    name = person.name
    code, ethnicity = person.ethnicity
    return segment(
        "PID",
        {
            1: "1",
            3: repeats(
                parts(person.medical_record_number, "", "", "XLMRN", "MR"),
                parts(person.resident_id, "", "", "CNRID", "NI"),
                parts(person.insurance_number, "", "", "CNINS", "HC"),
            ),
            5: repeats(
                parts(name.family, name.given, "", "", "", "", "L", "I"),
                parts(name.family_pinyin, name.given_pinyin, "", "", "", "", "L", "A"),
            ),
            7: f"{person.born:%Y%m%d}",
            8: "M" if person.male else "F",
            11: _address(person),
            13: parts(person.mobile, "PRN", "CP"),
            16: parts("M" if person.married else "S"),
            22: parts(code, ethnicity, "GB/T 3304"),
        },
    )


def visit(happening: Happening, number: str, at: Stamp) -> str:
    """PV1 as it stands when the happening is told."""
    stay = happening.stay
    fields = {
        1: "1",
        2: stay.letter,
        3: _location(stay.place),
        4: {"E": "E", "I": "E" if stay.problem.urgent else "C", "O": "R"}[stay.letter],
        7: _staff(stay.doctor),
        10: stay.department.code,
        19: parts(number, "", "", "XLVISIT", "VN"),
        44: at(stay.began_at),
    }
    if happening.previous is not None:
        fields[6] = _location(happening.previous)
    if happening.kind is Kind.DISCHARGED:
        fields |= {36: "01", 45: at(happening.at)}
    return segment("PV1", fields)


def diagnosis(stay: Stay, at: Stamp) -> list[str]:
    """PV2 with the reason and triage, DG1 with the ICD-10 code."""
    problem = stay.problem
    code = parts(problem.code, problem.name, "I10", problem.code, problem.name_en, "I10")
    reason = {3: code}
    if stay.triage:
        reason[25] = parts(str(stay.triage), _TRIAGE_NAMES[stay.triage])
    return [
        segment("PV2", reason),
        segment("DG1", {1: "1", 3: code, 5: at(stay.began_at), 6: "A", 16: _staff(stay.doctor)}),
    ]


def next_of_kin(seed: int, person: Person) -> str:
    """NK1: the contact that an A08 adds."""
    random = dice(seed, "kin", person.number)
    spouse = person.married
    kin_is_male = not person.male if spouse else random.random() < 0.5
    born = person.born.year + (0 if spouse or person.born.year < 1960 else -27)
    name = draw_name(random, max(1930, born), male=kin_is_male)
    relation = ("SPO", "配偶") if spouse else (("CHD", "子女") if person.born.year < 1960 else ("PAR", "父母"))
    return segment(
        "NK1",
        {
            1: "1",
            2: parts(name.family, name.given, "", "", "", "", "L", "I"),
            3: parts(*relation, "HL70063"),
            5: parts(f"139{random.randrange(10**8):08d}", "PRN", "CP"),
        },
    )


def order_control(happening: Happening, number: str, at: Stamp) -> str:
    """ORC: a new order, or results to follow."""
    order = _order(happening)
    new = happening.kind is Kind.ORDERED
    return segment(
        "ORC",
        {
            1: "NW" if new else "RE",
            2: _placer(order, number),
            3: "" if new else _filler(order, number),
            5: "" if new else "CM",
            9: at(happening.at),
            12: _staff(happening.stay.doctor),
        },
    )


def order_request(happening: Happening, number: str, at: Stamp) -> str:
    """OBR with the panel's LOINC code."""
    order = _order(happening)
    panel = order.panel
    fields = {
        1: "1",
        2: _placer(order, number),
        4: parts(panel.code, panel.name, "LN", panel.key.upper(), panel.name_en, "XLLAB"),
        7: at(order.ordered_at),
        16: _staff(happening.stay.doctor),
    }
    if happening.kind is Kind.RESULTED:
        fields |= {
            3: _filler(order, number),
            22: at(happening.at),
            24: "NRS" if panel is VITAL_SIGNS else "LAB",
            25: _status(order),
        }
    return segment("OBR", fields)


def observations(seed: int, happening: Happening, at: Stamp) -> list[str]:
    """One OBX per analyte: LOINC with both names, UCUM unit, reference range, flag."""
    order = _order(happening)
    lines = []
    for place, (analyte, value) in enumerate(values(seed, happening.stay, order), start=1):
        fields = {
            1: str(place),
            2: "NM",
            3: parts(analyte.code, analyte.name, "LN", analyte.key.upper(), analyte.name_en, "XLLAB"),
            5: analyte.text(value),
            6: parts(analyte.unit, "", "UCUM"),
            7: analyte.reference_range(),
            8: analyte.flag(value),
            11: _status(order),
            14: at(order.ordered_at),
        }
        lines.append(segment("OBX", fields))
    return lines


def document(happening: Happening, number: str, at: Stamp) -> list[str]:
    """TXA and OBX of the discharge summary (出院小结, LOINC 18842-5)."""
    stay = happening.stay
    return [
        segment(
            "TXA",
            {
                1: "1",
                2: parts("DS", "出院小结", "HL70270"),
                3: "TX",
                4: at(happening.at),
                5: _staff(stay.doctor),
                6: at(happening.at),
                9: _staff(stay.doctor),
                12: parts(f"{number}-DS", "XLDOC"),
                17: "AU",
                19: "AV",
            },
        ),
        segment(
            "OBX",
            {
                1: "1",
                2: "TX",
                3: parts("18842-5", "出院小结", "LN", "DS", "Discharge summary", "XLDOC"),
                5: parts(_summary(happening)),
                11: "F",
                14: at(happening.at),
            },
        ),
    ]


def _summary(happening: Happening) -> str:
    """The text of the discharge summary, line by line."""
    stay = happening.stay
    days = max(1, (happening.at.date() - stay.began_at.date()).days)
    return "\n".join(
        (
            f"{NAME}  {stay.department.name}  出院小结",
            f"姓名：{stay.person.name.text}  性别：{'男' if stay.person.male else '女'}"
            f"  年龄：{stay.person.age_on(happening.at.date())}岁",
            f"入院诊断：{stay.problem.name}（{stay.problem.code}）",
            f"住院{days}天。入院后完善相关检查，予对症支持治疗，病情好转。",
            "出院医嘱：按时服药，注意休息；一周后门诊复查；如有不适随时就诊。",
            f"{stay.doctor.title}：{stay.doctor.name.text}",
        )
    )


def schedule(happening: Happening, number: str, status: str, at: Stamp) -> list[str]:
    """SCH, then (after PID) RGS, AIL with the room and AIP with the doctor."""
    stay = happening.stay
    assert happening.slot_at is not None
    begins = at(happening.slot_at)
    identifier = parts(number, "XLAPPT")
    return [
        segment(
            "SCH",
            {
                1: identifier,
                2: identifier,
                6: parts("ROUTINE", "预约就诊"),
                7: parts("", stay.problem.name),
                9: "15",
                10: parts("min", "", "UCUM"),
                11: f"^^^{begins}",
                25: status,
            },
        ),
        segment("RGS", {1: "1"}),
        segment("AIL", {1: "1", 3: _location(stay.place), 6: begins}),
        segment("AIP", {1: "1", 3: _staff(stay.doctor), 6: begins}),
    ]


def _address(person: Person) -> str:
    """XAD with the administrative code of GB/T 2260 in component 9."""
    home = person.home
    town = (person.street, home.county, home.city, home.province, home.postal_code)
    return parts(*town, "CHN", "H", "", home.code)


def _location(place: Place) -> str:
    return parts(place.unit, place.room, place.bed)


def _staff(doctor: Doctor) -> str:
    """XCN: staff number, name, and its assigning authority in component 9."""
    return parts(doctor.code, doctor.name.family, doctor.name.given, "", "", "", "", "", "XLSTAFF")


def _order(happening: Happening) -> Order:
    assert happening.order is not None
    return happening.order


def _placer(order: Order, number: str) -> str:
    return "" if order.panel is VITAL_SIGNS else parts(f"{number}-{order.number:03d}", "XLORD")


def _filler(order: Order, number: str) -> str:
    return parts(f"L{number}-{order.number:03d}", "XLFIL")


def _status(order: Order) -> str:
    return "C" if order.corrected else "F"
