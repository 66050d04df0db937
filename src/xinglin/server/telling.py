"""What patients are told of events of rooms that know nothing of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from xinglin.business_platform.messaging import Notice, Notices, Value, Words
from xinglin.data_platform.fhir import english_name
from xinglin.data_platform.search import date_span, seeing
from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Event, Subscription
from xinglin.foundation.clock import Clock

_OLD = timedelta(days=1)  # a node that was away, or has just learnt to tell, does not tell what nobody waits for
_OLD_RESULT = timedelta(days=7)  # records that are brought in from elsewhere hold results of years
_AT_HOME = frozenset({"AMB", "VR", "HH"})  # whoever lies in a ward is told by those who care for them
_RESULTS = {"final": "result-ready", "amended": "result-corrected", "corrected": "result-corrected"}
_SUBJECTS = (
    "event.scheduling.slot_offered.>",
    "event.scheduling.encounter_called.>",
    "event.scheduling.encounter_finished.>",
    "event.settlement.bill_changed.>",
    "event.internet_hospital.prescription_approved.>",
    "event.store.resource_changed.>",
)
Found = Mapping[tuple[str, str], dict[str, Any]]


class Telling:
    """Turns events into notices, many at once; what an event tells twice is told once."""

    def __init__(self, store: Store, notices: Notices, clock: Clock) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock

    def subscription(self) -> Subscription:
        return Subscription("messaging_notices", _SUBJECTS, self.handle)

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Tell the patients of ``events``."""
        fresh = [one for one in events if self._clock.now() - one.occurred_at < _OLD]
        wanted = [reference for one in fresh for reference in _needs(one)]
        with seeing(None):
            found = await self._store.fetch(connection, wanted)
            visits = [_place((one.get("encounter") or {}).get("reference")) for one in found.values()]
            encounters = await self._store.fetch(connection, [one for one in visits if one[0] == "Encounter"])
        notices = [one for event in fresh for one in self._notices_of(event, {**encounters, **found})]
        await self._notices.notify(connection, *notices)

    def _notices_of(self, event: Event, found: Found) -> Iterable[Notice]:
        patient, body = event.key.removeprefix("Patient/"), event.body
        department = _department(found.get(_place(body.get("service"))))
        if event.name == "slot.offered":
            start, until = datetime.fromisoformat(body["start"]), datetime.fromisoformat(body["offer_until"])
            if until > self._clock.now():
                values: dict[str, Value] = {"department": department, "start": start, "until": until}
                yield Notice(f"offer/{event.id}", "slot-offered", patient, values, (body["appointment"],))
        elif event.name in ("encounter.called", "encounter.finished"):
            yield from _of_visit(event, patient, department, found)
        elif event.name == "bill.changed":
            if _is_owed(found.get(_place(body["invoice"]))):
                yield Notice(f"bill/{body['invoice']}", "bill-ready", patient, about=(body["invoice"],))
        elif event.name == "prescription.approved":
            about = tuple(body.get("references", ())[:1])
            yield Notice(f"approved/{body['prescription']}", "prescription-approved", patient, about=about)
        else:
            yield from self._results(event, patient, found)

    def _results(self, event: Event, patient: str, found: Found) -> Iterable[Notice]:
        for type_, id_ in _needs(event):
            report = found.get((type_, id_))
            kind = _RESULTS.get(str((report or {}).get("status")))
            if report is None or kind is None or (report.get("subject") or {}).get("reference") != event.key:
                continue
            at = report.get("issued") or report.get("effectiveDateTime")
            is_new = bool(at) and self._clock.now() - date_span(at)[1] < _OLD_RESULT
            visit = found.get(_place((report.get("encounter") or {}).get("reference")))
            if is_new and (visit is None or _class(visit) in _AT_HOME):
                key = f"result/{id_}/{kind}"
                yield Notice(key, kind, patient, about=(f"{type_}/{id_}",))


def _of_visit(event: Event, patient: str, department: Words, found: Found) -> Iterable[Notice]:
    encounter = event.body["encounter"]
    if event.name == "encounter.finished":
        if event.body["state"] == "finished":
            yield Notice(f"rate/{encounter}", "rate-visit", patient, about=(encounter,))
    elif _class(found.get(_place(encounter), {})) == "VR":
        values = {"department": department}
        yield Notice(f"called/{event.id}", "online-accepted", patient, values, (encounter,))


def _needs(event: Event) -> list[tuple[str, str]]:
    """What has to be read to tell of ``event``."""
    if event.name == "resource.changed":
        return [
            (one["type"], one["id"])
            for one in event.body["changes"]
            if one["type"] == "DiagnosticReport" and one["status"] != "deleted"
        ]
    named = (event.body.get(name) for name in ("service", "encounter", "invoice"))
    return [_place(one) for one in named if one]


def _place(reference: str | None) -> tuple[str, str]:
    type_, _, id_ = (reference or "").partition("/")
    return type_, id_


def _class(encounter: Mapping[str, Any]) -> str:
    return str((encounter.get("class") or {}).get("code", ""))


def _department(service: Mapping[str, Any] | None) -> Words:
    name = str((service or {}).get("name", ""))[:60] or "门诊"
    return Words(name, (english_name(service) if service else "") or ("the clinic" if name == "门诊" else name))


def _is_owed(invoice: Mapping[str, Any] | None) -> bool:
    owed = float(((invoice or {}).get("totalGross") or {}).get("value", 0))
    return owed > 0 and (invoice or {}).get("status") in ("draft", "issued")
