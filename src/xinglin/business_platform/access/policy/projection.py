"""What records say of care and consent, kept as rows that rules can ask, in the transaction that writes the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from xinglin.data_platform.search import GUARDED, SENSITIVE, date_span
from xinglin.data_platform.store import Noticed, Store

from . import repository
from .facts import IN_CARE
from .model import Care, Meaning

_AFTER_DISCHARGE = timedelta(days=30)  # letters are written and results come in after a visit
_AFTER_TRANSFER = timedelta(days=2)
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
_EVER = datetime(1, 1, 2, tzinfo=UTC)
_VISITS_THAT_ARE = frozenset({"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "unknown"})
_BOOKINGS_THAT_ARE = frozenset({"booked", "arrived", "checked-in", "fulfilled", "pending", "proposed"})
_TEAMS_THAT_ARE = frozenset({"active"})
_PERSONS = ("Practitioner/", "PractitionerRole/")
_PLACES = ("Organization/", "Location/")
_ACTORS = "https://xinglin.health/id/consent-actor"
_RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"


def watch(store: Store) -> None:
    """Have ``store`` tell of what relations and consents are made of."""
    store.watch(("Encounter", "Appointment", "CareTeam"), note_care)
    store.watch(("Consent",), note_consents)
    store.watch(("Patient",), note_guarded)


async def note_care(connection: Any, written: Sequence[Noticed]) -> None:
    """Keep who cares for whom."""
    newest = {(one.type, one.id): one for one in written}
    relations = {(one.source, one.patient, one.party): one for noticed in newest.values() for one in _cares(noticed)}
    await repository.put_care(connection, [f"{type_}/{id_}" for type_, id_ in newest], list(relations.values()))


async def note_consents(connection: Any, written: Sequence[Noticed]) -> None:
    """Keep what patients permit and deny."""
    newest = {one.id: one for one in written}
    meanings = [meaning for one in newest.values() for meaning in meanings_of(one.id, one.resource)]
    await repository.put_consents(connection, [f"Consent/{id_}" for id_ in newest], meanings)


async def note_guarded(connection: Any, written: Sequence[Noticed]) -> None:
    """Keep whose whole records are masked; most patients' never were and are not."""
    changed = [one for one in written if (one.marks | one.marks_before) & GUARDED]
    if changed:
        guarded = [one.id for one in changed if one.marks & GUARDED and one.resource is not None]
        await repository.put_guarded(connection, guarded, [one.id for one in changed if one.id not in guarded])


def _cares(noticed: Noticed) -> Iterator[Care]:
    resource = noticed.resource
    if resource is None:
        return
    found = {"Encounter": _of_visit, "Appointment": _of_booking, "CareTeam": _of_team}[noticed.type](resource)
    source = f"{noticed.type}/{noticed.id}"
    parties = list(found)
    for patient in _patients(resource):
        for party, until in parties:
            yield Care(source, patient, party, party.startswith(_PERSONS), until)


def _of_visit(resource: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    if resource.get("status") not in _VISITS_THAT_ARE:
        return
    until = _end(resource.get("period"), _AFTER_DISCHARGE)
    for taking_part in resource.get("participant", ()):
        yield from _party(taking_part.get("individual"), _PERSONS, until)
    yield from _party(resource.get("serviceProvider"), _PLACES, until)
    for stay in resource.get("location", ()):
        left = min(_end(stay.get("period"), _AFTER_TRANSFER), until)
        yield from _party(stay.get("location"), _PLACES, left)


def _of_booking(resource: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    if resource.get("status") not in _BOOKINGS_THAT_ARE:
        return
    until = _end({"end": resource.get("end") or resource.get("start")}, _AFTER_DISCHARGE)
    for taking_part in resource.get("participant", ()):
        if taking_part.get("status") != "declined":
            yield from _party(taking_part.get("actor"), (*_PERSONS, *_PLACES), until)


def _of_team(resource: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    if resource.get("status", "active") not in _TEAMS_THAT_ARE:
        return
    until = _end(resource.get("period"), timedelta(0))
    for taking_part in resource.get("participant", ()):
        left = min(_end(taking_part.get("period"), timedelta(0)), until)
        yield from _party(taking_part.get("member"), (*_PERSONS, *_PLACES), left)
        yield from _party(taking_part.get("onBehalfOf"), _PLACES, left)
    for organization in resource.get("managingOrganization", ()):
        yield from _party(organization, _PLACES, until)


def meanings_of(id_: str, resource: Mapping[str, Any] | None) -> Iterator[Meaning]:
    """What a Consent (hl7.org/fhir/R4/consent.html) decides: the root provision, and those nested in it, of which each
    is an exception to the one around it. One that is not active decides nothing."""
    if resource is None or resource.get("status") != "active":
        return
    patients = list(_references([resource.get("patient")], "Patient/"))
    provision = resource.get("provision")
    if not patients or not provision:
        return
    place = 0
    waiting = [(provision, 0, _of_root(resource))]
    while waiting:
        one, depth, usual = waiting.pop()
        decision: Literal["permit", "deny"] = "deny" if one.get("type", usual) == "deny" else "permit"
        for patient in patients:
            yield _meaning(f"Consent/{id_}", place, depth, patient, decision, one)
            place += 1
        opposite = "permit" if decision == "deny" else "deny"
        waiting += [(inner, depth + 1, opposite) for inner in one.get("provision", ())]


def _of_root(resource: Mapping[str, Any]) -> str:
    """What a root provision decides that does not say it, which in R4 the rule of the policy says for it."""
    codes = [one.get("code") for one in (resource.get("policyRule") or {}).get("coding", ())]
    return "deny" if "OPTOUT" in codes or "OPTOUTE" in codes else "permit"


def _meaning(
    source: str,
    place: int,
    depth: int,
    patient: str,
    decision: Literal["permit", "deny"],
    provision: Mapping[str, Any],
) -> Meaning:
    classes = [one.get("code") for one in provision.get("class", ()) if one.get("system") in (None, _RESOURCE_TYPES)]
    actors = [one.get("reference") for one in provision.get("actor", ())]
    parties = sorted(_references(actors, *_PERSONS, *_PLACES, keep=True))
    if any(_is_in_care(one) for one in provision.get("actor", ())):
        parties.append(IN_CARE)
    since, until = _span(provision.get("period"))
    return Meaning(
        source=source,
        place=place,
        depth=depth,
        patient=patient,
        decision=decision,
        types=[code for code in classes if code] or None,
        marks=SENSITIVE if provision.get("securityLabel") else 0,
        parties=parties if actors else None,
        purposes=[one["code"] for one in provision.get("purpose", ()) if "code" in one] or None,
        since=since,
        until=until,
    )


def _is_in_care(actor: Mapping[str, Any]) -> bool:
    codings = (actor.get("role") or {}).get("coding", ())
    return any(one.get("system") == _ACTORS and one.get("code") == IN_CARE for one in codings)


def _patients(resource: Mapping[str, Any]) -> list[str]:
    named = [resource.get("subject"), *(one.get("actor") for one in resource.get("participant", ()))]
    return sorted(set(_references(named, "Patient/")))


def _party(reference: Any, kinds: tuple[str, ...], until: datetime) -> Iterator[tuple[str, datetime]]:
    for party in _references([reference], *kinds, keep=True):
        yield party, until


def _references(found: Iterable[Any], *kinds: str, keep: bool = False) -> Iterator[str]:
    """Local references to one of ``kinds``, or with ``keep`` unset the ids in them."""
    for one in found:
        text = (one or {}).get("reference") or ""
        place = "/".join(text.split("/")[:2])
        if place.startswith(kinds):
            yield place if keep else place.partition("/")[2]


def _end(period: Mapping[str, Any] | None, further: timedelta) -> datetime:
    end = _span(period)[1]
    return end if end >= _ALWAYS - further else end + further


def _span(period: Mapping[str, Any] | None) -> tuple[datetime, datetime]:
    start, end = (period or {}).get("start"), (period or {}).get("end")
    return (date_span(start)[0] if start else _EVER), (date_span(end)[1] if end else _ALWAYS)
