"""The house as pages get it: now or at a moment that is kept, with what was foreseen of it then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel

from xinglin.data_platform.fhir import english_name
from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from .. import events as told
from ..foresight import PROBABILITIES, STEP_MINUTES, Foreseen, WardForeseen
from ..live import Facts
from ..live import repository as live
from . import reading, repository
from .alarm import Rule
from .repository import AlarmRow

_FRESH = timedelta(minutes=30)
_CALIBRATED_DAYS = 28
_ENOUGH_VISITS, _ENOUGH_STAYS = 200, 100

Owner = Literal["outpatient_nurse", "medical_director", "head_nurse"]
_OWNERS: dict[str, Owner] = {
    "line_not_called": "outpatient_nurse",
    "wait_beyond": "outpatient_nurse",
    "line_overflows": "medical_director",
    "ward_fills": "head_nurse",
}


class Overflow(BaseModel):
    """More comes than can be seen: ``load`` is work over time (1 and more grows without end); ``at`` is when one who
    comes waits over ``over_minutes`` in half of all plays, null where not within four hours."""

    load: float
    at: datetime | None
    over_minutes: float


class ClinicShown(BaseModel):
    """A clinic. ``length`` (who waits) and ``comers`` (minutes that one who comes then waits, null where hardly anybody
    comes) have a row each ``step_minutes`` from ``foreseen_at`` on, each of the quantiles ``probabilities``. ``guess``:
    too few visits were seen to rely on it."""

    service: str
    name: str
    name_en: str
    waiting: int
    in_room: int
    at_tests: int
    doctors: int
    foreseen_at: datetime | None
    length: list[list[float]]
    comers: list[list[float] | None]
    load: float | None
    overflow: Overflow | None
    visits: int
    past_days: int
    guess: bool


class WardShown(BaseModel):
    """A ward; ``census`` and ``discharges`` (all who leave it) by the hour for 72 hours. ``full``: the chance that by
    then every bed was taken."""

    ward: str
    name: str
    name_en: str
    beds: int
    occupied: int
    foreseen_at: datetime | None
    census: list[list[float]]
    discharges: list[list[float]]
    full: list[float] | None
    stays: int
    guess: bool


class AlarmShown(BaseModel):
    """An alarm with who sees to it. ``figure``: minutes without a call, minutes beyond, load, chance in percent."""

    alarm: str
    rule: Rule
    unit: str
    unit_name: str
    unit_name_en: str
    subject: str
    figure: float
    expected_at: datetime | None
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    owner: Owner


class Calibration(BaseModel):
    """Of ``told`` figures foreseen, how many came true within the interval of 50, 80 and 95 of 100, as shares."""

    what: str
    told: int
    within_50: float
    within_80: float
    within_95: float
    below: float
    above: float
    error: float
    width: float


class TwinShown(BaseModel):
    """The house at ``as_of``; ``known_since`` is how far back it can be played."""

    as_of: datetime
    now: datetime
    known_since: datetime | None
    step_minutes: float
    probabilities: list[float]
    clinics: list[ClinicShown]
    wards: list[WardShown]
    alarms: list[AlarmShown]
    calibration: list[Calibration]
    counts: dict[str, int]


class WaitShown(BaseModel):
    """Somebody who waits, by their number: minutes from ``foreseen_at`` to the call, by ``probabilities``."""

    encounter: str
    number: int | None
    state: str
    since: datetime
    minutes: list[float] | None


class WaitsShown(BaseModel):
    as_of: datetime
    foreseen_at: datetime | None
    probabilities: list[float]
    waits: list[WaitShown]


class Showing:
    """What is kept of the house, for pages. Nobody is named."""

    def __init__(self, database: Database, facts: Facts, clock: Clock, ids: Ids, zone: str) -> None:
        self._database = database
        self._facts = facts
        self._clock = clock
        self._ids = ids
        self._zone = ZoneInfo(zone)

    async def house(self, at: datetime | None) -> TwinShown:
        """The house now, or as it was at ``at``. Raises INVALID for a moment that has not come."""
        now = self._clock.now()
        if at is not None and at > now + timedelta(minutes=1):
            raise XinglinError(Category.INVALID, "that moment has not come", "该时刻尚未到来", expression="at")
        moment = at or now
        async with self._database.connection() as connection:
            counts = await live.counts_at(connection, moment)
            forecasts = await repository.forecasts_at(connection, moment, moment - _FRESH)
            alarms = await repository.alarms_at(connection, moment)
            wards = await live.wards(connection)
            since = (now - timedelta(days=_CALIBRATED_DAYS)).astimezone(self._zone).date()
            scores = await repository.scores(connection, since)
            known_since = await live.known_since(connection)
            services = {one.unit for one in forecasts if one.kind == "clinic"}
            services |= {unit for kind, unit, _, _ in counts if kind == "patient_place"}
            names = await service_names(self._facts, connection, services)
            lying = await repository.census(connection, [one[0] for one in wards], [moment] * len(wards))
        names |= {ward: (name, name_en) for ward, name, name_en, _ in wards}
        of = {(one.kind, one.unit): one for one in forecasts}
        occupied = dict(zip((one[0] for one in wards), lying, strict=True))
        return TwinShown(
            as_of=moment,
            now=now,
            known_since=known_since,
            step_minutes=STEP_MINUTES,
            probabilities=list(PROBABILITIES),
            clinics=[_clinic(one, names, counts, of.get(("clinic", one))) for one in sorted(services)],
            wards=[
                _ward(one, occupied[one[0]], of.get(("ward", one[0]))) for one in wards if one[3] or occupied[one[0]]
            ],
            alarms=[_alarm(one, names) for one in alarms],
            calibration=[_calibration(what, sums) for what, sums in scores.items()],
            counts=_kinds(counts),
        )

    async def waits(self, service: str) -> WaitsShown:
        """Everybody who waits in a clinic now, who comes next first."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            begun = reading.begun_since(now, self._zone)
            visits = await repository.visits(connection, begun, now + timedelta(minutes=1))
            forecasts = await repository.forecasts_at(connection, now, now - _FRESH)
        made = next((one for one in forecasts if (one.kind, one.unit) == ("clinic", service)), None)
        people = msgspec.json.decode(made.body, type=Foreseen).people if made else {}
        found = [
            WaitShown(
                encounter=one.encounter,
                number=one.number,
                state=one.state,
                since=one.since,
                minutes=list(people[one.encounter]) if one.encounter in people else None,
            )
            for one in visits
            if one.service == service and one.state in ("waiting", "at_tests", "skipped")
        ]
        middle = PROBABILITIES.index(0.5)
        found.sort(key=lambda one: (one.minutes is None, one.minutes[middle] if one.minutes else 0.0, one.number or 0))
        return WaitsShown(
            as_of=now, foreseen_at=made.foreseen_at if made else None, probabilities=list(PROBABILITIES), waits=found
        )

    async def acknowledge(self, alarm: str, by: str) -> AlarmShown:
        """Somebody sees to an alarm; whoever was first stays. Raises NOT_FOUND."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            row = await repository.acknowledge(connection, alarm, by, now)
            if row is None:
                raise XinglinError(Category.NOT_FOUND, f"there is no alarm {alarm}", f"没有告警 {alarm}")
            if row.acknowledged_at == now:
                name = told.ALARM_ACKNOWLEDGED
                await append(connection, [told.alarm(self._ids, name, row.alarm, row.rule, row.unit, now)])
            names = await service_names(self._facts, connection, [row.unit])
            names |= {ward: (name, name_en) for ward, name, name_en, _ in await live.wards(connection)}
        return _alarm(row, names)


async def service_names(facts: Facts, connection: Any, services: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and English name of those services that are known."""
    with seeing(None):  # a directory, open to whoever is signed in
        known = await facts.fetch(connection, [("HealthcareService", id_) for id_ in sorted(services)])
    return {
        id_: (one.get("name") or id_, english_name(one) or one.get("name") or id_) for (_, id_), one in known.items()
    }


def _clinic(service: str, names: Mapping[str, Any], counts: Any, made: Any) -> ClinicShown:
    states = {state: n for kind, unit, state, n in counts if (kind, unit) == ("patient_place", service)}
    working = sum(n for kind, unit, _, n in counts if (kind, unit) == ("staff", service))
    foreseen = msgspec.json.decode(made.body, type=Foreseen) if made else None
    over = foreseen.overload if foreseen else None
    name, name_en = names.get(service, (service, service))
    overflow = None
    if over is not None and made is not None:
        at = None if over.at_minutes is None else made.foreseen_at + timedelta(minutes=over.at_minutes)
        overflow = Overflow(load=over.load, at=at, over_minutes=over.over_minutes)
    return ClinicShown(
        service=service,
        name=name,
        name_en=name_en,
        waiting=states.get("waiting", 0),
        in_room=states.get("in_room", 0) + states.get("called", 0),
        at_tests=states.get("at_tests", 0),
        doctors=working,
        foreseen_at=made.foreseen_at if made else None,
        length=[list(row) for row in foreseen.length] if foreseen else [],
        comers=[list(row) if row else None for row in foreseen.comers] if foreseen else [],
        load=foreseen.load if foreseen else None,
        overflow=overflow,
        visits=foreseen.visits if foreseen else 0,
        past_days=foreseen.past_days if foreseen else 0,
        guess=foreseen is None or foreseen.visits < _ENOUGH_VISITS,
    )


def _ward(known: tuple[str, str, str, int], occupied: int, made: Any) -> WardShown:
    ward, name, name_en, beds = known
    foreseen = msgspec.json.decode(made.body, type=WardForeseen) if made else None
    return WardShown(
        ward=ward,
        name=name,
        name_en=name_en,
        beds=beds,
        occupied=occupied,
        foreseen_at=made.foreseen_at if made else None,
        census=[list(row) for row in foreseen.census] if foreseen else [],
        discharges=[list(row) for row in foreseen.discharges] if foreseen else [],
        full=list(foreseen.full) if foreseen and foreseen.full else None,
        stays=foreseen.stays if foreseen else 0,
        guess=foreseen is None or foreseen.stays < _ENOUGH_STAYS,
    )


def _alarm(row: AlarmRow, names: Mapping[str, tuple[str, str]]) -> AlarmShown:
    name, name_en = names.get(row.unit, (row.unit, row.unit))
    return AlarmShown(
        alarm=row.alarm, rule=row.rule, unit=row.unit, unit_name=name, unit_name_en=name_en, subject=row.subject,  # type: ignore[arg-type]
        figure=row.figure, expected_at=row.expected_at, raised_at=row.raised_at, acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by, owner=_OWNERS[row.rule],
    )  # fmt: skip


def _calibration(what: str, sums: Mapping[str, float]) -> Calibration:
    told_ = max(1.0, sums["told"])
    shares = {name: round(value / told_, 3) for name, value in sums.items() if name != "told"}
    return Calibration(what=what, told=int(sums["told"]), **shares)


def _kinds(counts: Iterable[tuple[str, str, str, int]]) -> dict[str, int]:
    """How many entities of each kind are watched."""
    found: dict[str, int] = {}
    for kind, _, _, n in counts:
        found[kind] = found.get(kind, 0) + n
    return found
