"""The departments: wards with their beds, and clinics with their consulting rooms."""

from __future__ import annotations

from dataclasses import dataclass

from .problem import PROBLEMS, Problem


@dataclass(frozen=True, slots=True)
class Department:
    """A clinical department. ``beds`` is 0 where it has no ward, ``consulting_rooms`` 0 without a clinic."""

    number: int
    key: str
    name: str
    name_en: str
    beds: int
    beds_per_room: int
    consulting_rooms: int
    doctors: int
    visits_share: float

    @property
    def code(self) -> str:
        return f"K{self.number:02d}"

    @property
    def ward(self) -> str:
        return f"W{self.number:02d}"

    @property
    def clinic(self) -> str:
        return f"OP{self.number:02d}"

    @property
    def problems(self) -> tuple[Problem, ...]:
        return PROBLEMS.get(self.key, ())


# key, Chinese, English, beds, beds a room, consulting rooms, doctors, share of outpatient visits
_TABLE = """
cardiology|心血管内科|Cardiology|40|4|5|9|8
respiratory|呼吸与危重症医学科|Respiratory Medicine|40|4|4|8|7
gastroenterology|消化内科|Gastroenterology|36|4|4|7|7
neurology|神经内科|Neurology|40|4|4|8|6
endocrinology|内分泌科|Endocrinology|32|4|4|6|7
nephrology|肾内科|Nephrology|32|4|2|6|3
oncology|肿瘤科|Oncology|36|4|2|7|3
surgery|普外科|General Surgery|40|4|3|9|5
orthopaedics|骨科|Orthopaedics|40|4|4|8|7
neurosurgery|神经外科|Neurosurgery|32|4|1|6|1
thoracic|胸外科|Thoracic Surgery|28|4|1|5|1
urology|泌尿外科|Urology|32|4|2|6|4
gynaecology|妇科|Gynaecology|28|4|3|6|6
obstetrics|产科|Obstetrics|36|2|3|7|4
paediatrics|儿科|Paediatrics|36|3|4|8|8
geriatrics|老年医学科|Geriatrics|36|2|2|6|2
rehabilitation|康复医学科|Rehabilitation|20|4|2|4|2
critical|重症医学科|Intensive Care|16|1|0|7|0
emergency|急诊医学科|Emergency|0|4|0|12|0
ophthalmology|眼科|Ophthalmology|0|4|3|4|5
otolaryngology|耳鼻咽喉科|Otolaryngology|0|4|2|4|4
dermatology|皮肤科|Dermatology|0|4|2|3|5
chinese_medicine|中医科|Traditional Chinese Medicine|0|4|2|4|5
"""

DEPARTMENTS: tuple[Department, ...] = tuple(
    Department(number, key, name, name_en, int(beds), int(room), int(clinics), int(doctors), float(share))
    for number, (key, name, name_en, beds, room, clinics, doctors, share) in enumerate(
        (line.split("|") for line in _TABLE.strip().splitlines()), start=1
    )
)
EMERGENCY = next(department for department in DEPARTMENTS if department.key == "emergency")
CRITICAL = next(department for department in DEPARTMENTS if department.key == "critical")
BED_COUNT = sum(department.beds for department in DEPARTMENTS)

EMERGENCY_UNIT = "ED"
"""The code of the emergency department's Location; its rooms follow."""

EMERGENCY_ROOMS: tuple[tuple[str, str, str, int], ...] = (
    ("01", "抢救室", "Resuscitation", 4),
    ("02", "留观室", "Observation", 16),
    ("03", "急诊诊区", "Consulting area", 0),
)
"""Room number, Chinese, English, beds."""
