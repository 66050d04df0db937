"""Happenings as HL7 v2.5.1 messages, as XLDEMO's registration, laboratory and ward systems send them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..hospital import CODE
from ..wire import hl7
from .happening import Happening, Kind
from .segment import (
    diagnosis,
    document,
    next_of_kin,
    observations,
    order_control,
    order_request,
    person_identification,
    schedule,
    visit,
)
from .timeline import Timeline

_STRUCTURES = {
    Kind.ADMITTED: "ADT_A01",
    Kind.ARRIVED: "ADT_A01",
    Kind.PERSON_CHANGED: "ADT_A01",
    Kind.DISCHARGE_CANCELLED: "ADT_A01",
    Kind.TRANSFERRED: "ADT_A02",
    Kind.DISCHARGED: "ADT_A03",
    Kind.ADMISSION_CANCELLED: "ADT_A09",
    Kind.TRANSFER_CANCELLED: "ADT_A09",
}
_SCHEDULE_EVENTS = {
    Kind.BOOKED: ("S12", "Booked"),
    Kind.CHECKED_IN: ("S14", "Started"),
    Kind.FULFILLED: ("S14", "Complete"),
    Kind.MISSED: ("S26", "Noshow"),
}
UTF_8 = "UNICODE UTF-8"
GB18030 = "GB18030"


@dataclass(frozen=True, slots=True)
class Telling:
    """One run of a hospital, by the seed and the real moment at which it began.

    ``series`` marks every visit, order and control number, so that two runs against one node never share one.
    """

    seed: int
    series: str
    timeline: Timeline

    def control_id(self, index: int) -> str:
        """MSH-10 of the happening with this index, at most 20 characters (v2.5.1)."""
        return f"{self.series}{index:08d}"

    def visit_number(self, visit_: str) -> str:
        return f"{visit_[0]}{self.series}{visit_[1:]}"


def message(telling: Telling, happening: Happening, index: int) -> bytes:
    """The message that tells ``happening``; the same arguments give the same bytes."""
    charset = _charset(happening)
    kind, body = _body(telling, happening)
    now = telling.timeline.real(happening.at)
    enhanced = charset == GB18030
    fields = {
        3: "XLDEMO",
        4: CODE,
        5: "XINGLIN",
        6: "NODE",
        7: hl7.stamp(now),
        9: kind,
        10: telling.control_id(index),
        11: "P",
        12: "2.5.1",
        15: "AL" if enhanced else "",
        16: "NE" if enhanced else "",
        17: "CHN",
        18: charset,
        19: hl7.parts("zh", "", "ISO639"),
    }
    return hl7.encode([hl7.header(fields), *body], charset)


def is_scheduled_by_message(happening: Happening) -> bool:
    """Whether this booking came by telephone, from a system that speaks SIU; others come by FHIR."""
    return happening.kind in _SCHEDULE_EVENTS and int(happening.stay.visit[1:]) % 5 == 3


def _charset(happening: Happening) -> str:
    """The laboratory's older half and the surgical wards' system still speak GB18030."""
    laboratory = happening.kind in (Kind.ORDERED, Kind.RESULTED)
    older = int(happening.stay.visit[1:]) % 2 == 0 if laboratory else happening.stay.department.number in (8, 9)
    return GB18030 if older else UTF_8


def _body(telling: Telling, happening: Happening) -> tuple[str, list[str]]:
    stay = happening.stay

    def at(moment: datetime) -> str:
        return hl7.stamp(telling.timeline.real(moment, happening.at))

    number = telling.visit_number(stay.visit)
    person = person_identification(stay.person)
    if happening.kind in _SCHEDULE_EVENTS:
        event, status = _SCHEDULE_EVENTS[happening.kind]
        lines = schedule(happening, number, status, at)
        return hl7.parts("SIU", event, "SIU_S12"), [lines[0], person, *lines[1:]]
    where = visit(happening, number, at)
    if happening.kind in (Kind.ORDERED, Kind.RESULTED) and happening.order is not None:
        return _laboratory(telling.seed, happening, number, person, where, at)
    event = "T02" if happening.kind is Kind.DOCUMENTED else happening.kind.value
    occurred = hl7.segment("EVN", {1: event, 2: at(happening.at), 6: at(happening.at)})
    if happening.kind is Kind.DOCUMENTED:
        return hl7.parts("MDM", "T02", "MDM_T02"), [occurred, person, where, *document(happening, number, at)]
    lines = [occurred, person]
    if happening.kind is Kind.PERSON_CHANGED:
        lines.append(next_of_kin(telling.seed, stay.person))
    lines.append(where)
    if happening.kind in (Kind.ADMITTED, Kind.ARRIVED, Kind.DISCHARGED):
        lines += diagnosis(stay, at)
    return hl7.parts("ADT", event, _STRUCTURES[happening.kind]), lines


def _laboratory(
    seed: int, happening: Happening, number: str, person: str, where: str, at: Callable[[datetime], str]
) -> tuple[str, list[str]]:
    lines = [
        person,
        where,
        order_control(happening, number, at),
        order_request(happening, number, at),
    ]
    if happening.kind is Kind.ORDERED:
        return hl7.parts("ORM", "O01", "ORM_O01"), lines
    return hl7.parts("ORU", "R01", "ORU_R01"), lines + observations(seed, happening, at)
