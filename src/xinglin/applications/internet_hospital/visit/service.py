"""The room of one visit: opened, written in, checked, signed, taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from xinglin.data_platform.fhir import name_read_here
from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..record import LINE_NUMBER, Records, Resources, with_hidden
from ..safety import Finding, Line, check
from . import following_up, refusing, repository
from .ahead import is_before_visit, tests_before
from .events import told
from .model import (
    Content,
    Draft,
    Resource,
    ReturnedShown,
    RoomShown,
    SaveAsked,
    SignAsked,
    Signed,
    TestBefore,
    UnsignedShown,
    Verified,
    WrittenDrug,
)
from .returning import returned_prescriptions
from .showing import pre_consultation, signed_items
from .signing import Signatures, provenance, verified
from .written import Visit, prescription_of, resources

_RETURNED_FOR = timedelta(days=30)
_OF_VISIT = ("Composition", "Condition", "ServiceRequest", "MedicationRequest", "CarePlan")
Prove = Callable[[Principal], None]


class Rooms:
    """Every method reads and writes as whoever asks may: the rules of access decide whose visit is open to them.

    ``prove`` raises where somebody has not just proved who they are, which signing asks for.
    """

    def __init__(
        self,
        database: Database,
        store: Resources,
        records: Records,
        signatures: Signatures,
        prove: Prove,
        clock: Clock,
        ids: Ids,
        zone: str,
    ) -> None:
        self._database = database
        self._store = store
        self._records = records
        self._signatures = signatures
        self._prove = prove
        self._clock = clock
        self._ids = ids
        self._zone = zone

    async def read(self, encounter_id: str, principal: Principal) -> RoomShown:
        """The visit as it is. Raises NOT_FOUND, or FORBIDDEN for one that is not in the caller's care."""
        async with self._database.connection() as connection:
            encounter = await self._store.read(connection, "Encounter", encounter_id)
            patient_id = refusing.patient_of(encounter)
            patient = await self._store.read(connection, "Patient", patient_id)
            draft = await repository.draft(connection, encounter_id)
            of_visit = await self._of_visit(connection, encounter_id)
            pages = await self._search(
                connection, "Composition", ("patient", f"Patient/{patient_id}"), ("status", "preliminary")
            )
            before = await self._tests_before(connection, of_visit)
        findings = await self._found_now(patient, draft.content.drugs) if draft and draft.content.drugs else []
        return RoomShown(
            encounter=encounter_id,
            status=str(encounter.get("status")),
            is_online=(encounter.get("class") or {}).get("code") == "VR",
            patient=patient_id,
            is_mine=draft is None or draft.author == principal.id,
            draft=draft,
            pre_consultation=pre_consultation(pages),
            signed=signed_items(of_visit),
            findings=findings,
            returned=returned_prescriptions(of_visit),
            tests_before=before,
        )

    async def unsigned(self, principal: Principal) -> list[UnsignedShown]:
        """Visits in which the caller has written what is not signed; those that they may no longer see are left out."""
        async with self._database.connection() as connection:
            found = await repository.unsigned(connection, principal.id)
            people = await self._store.fetch(connection, [("Patient", patient) for _, patient, _, _ in found])
        return [
            UnsignedShown(
                encounter=encounter,
                patient=patient,
                name=name_read_here(people["Patient", patient]),
                items=items,
                updated_at=at,
            )
            for encounter, patient, items, at in found
            if ("Patient", patient) in people
        ]

    async def returned(self, principal: Principal) -> list[ReturnedShown]:
        """Prescriptions of the caller of the last month that came back and were not written anew, the newest first."""
        practitioner = refusing.practitioner_of(principal)
        since = (self._clock.now() - _RETURNED_FOR).date().isoformat()
        async with self._database.connection() as connection:
            cancelled = await self._search(
                connection,
                "MedicationRequest",
                ("requester", f"Practitioner/{practitioner}"),
                ("status", "cancelled"),
                ("identifier", f"{LINE_NUMBER}|"),
                ("authoredon", f"ge{since}"),
            )
            visits = sorted({(one.get("encounter") or {}).get("reference", "") for one in cancelled} - {""})
            written = (
                await self._search(connection, "MedicationRequest", ("encounter", ",".join(visits))) if visits else []
            )
            found = returned_prescriptions(written)
            people = await self._store.fetch(connection, sorted({("Patient", one.patient) for one in found}))
        return [
            ReturnedShown(**one.model_dump(), name=name_read_here(people["Patient", one.patient]))
            for one in found
            if ("Patient", one.patient) in people
        ]

    async def save(self, encounter_id: str, asked: SaveAsked, principal: Principal) -> Draft:
        """Keep what is written. Raises PRECONDITION where something newer is there, CONFLICT for a colleague's."""
        patient = await self._patient_seen(encounter_id)
        async with self._database.transaction() as connection:
            await repository.lock(connection, encounter_id)
            before = await repository.draft(connection, encounter_id)
            if before is not None and not before.content.is_empty():
                refusing.check_author(before, principal)
            refusing.check_version(before, asked.version)
            draft = Draft(
                encounter=encounter_id,
                version=asked.version + 1,
                content=asked.content,
                author=principal.id,
                author_name=principal.name,
                patient=patient,
                updated_at=self._clock.now(),
            )
            await repository.put_draft(connection, draft, _items(asked.content))
        return draft

    async def check(self, encounter_id: str, drugs: Sequence[WrittenDrug]) -> list[Finding]:
        """What stands against these drugs for the patient of the visit, now."""
        patient_id = await self._patient_seen(encounter_id)
        async with self._database.connection() as connection:
            patient = await self._store.read(connection, "Patient", patient_id)
        return await self._found_now(patient, drugs)

    async def take_over(self, encounter_id: str, principal: Principal) -> RoomShown:
        """Go on where a colleague left: the caller takes part in the visit from now on, and the draft is theirs."""
        practitioner = refusing.practitioner_of(principal)
        async with self._database.transaction() as connection:
            await repository.lock(connection, encounter_id)
            encounter = await self._store.read(connection, "Encounter", encounter_id)
            refusing.patient_of(encounter)
            await self._store.put_all(connection, [_joined(encounter, practitioner)], Cause(agent=principal.name))
            before = await repository.draft(connection, encounter_id)
            if before is not None:
                further = {"version": before.version + 1, "author": principal.id, "author_name": principal.name}
                mine = before.model_copy(update=further)
                await repository.put_draft(connection, mine, _items(mine.content))
        return await self.read(encounter_id, principal)

    async def sign(self, encounter_id: str, asked: SignAsked, principal: Principal) -> Signed:
        """Turn what is written into resources, all or nothing; the same ``key`` again answers the same and writes
        nothing.

        Raises UNAUTHENTICATED where the caller must prove again who they are, PRECONDITION for another version than
        the doctor saw, CONFLICT for another patient, UNPROCESSABLE where a finding has no reason.
        """
        practitioner = refusing.practitioner_of(principal)
        self._prove(principal)
        await self._patient_seen(encounter_id)
        async with self._database.transaction() as connection:
            await repository.lock(connection, encounter_id)
            answered = await repository.signing(connection, encounter_id, asked.key, principal.id)
            if answered is not None:
                return Signed.model_validate_json(answered)
            draft, patient, provider = await self._to_sign(connection, encounter_id, asked, principal)
            now, number = self._clock.now(), draft.version
            visit = Visit(encounter_id, patient["id"], practitioner, principal.name, now, number, self._zone, provider)
            written = await self._write(connection, visit, draft.content, patient, principal)
            emptied = {"version": draft.version + 1, "content": Content(), "updated_at": visit.at}
            await repository.put_draft(connection, draft.model_copy(update=emptied), 0)
            signed = Signed(
                version=draft.version + 1,
                references=[f"{one['resourceType']}/{one['id']}" for one in written],
                prescription=prescription_of(visit, draft.content),
                signed_at=visit.at,
            )
            answer = signed.model_dump_json().encode()
            await repository.put_signing(connection, encounter_id, asked.key, principal.id, answer)
        return signed

    async def signatures(self, encounter_id: str) -> list[Verified]:
        """Every signature of the visit, checked now against what is stored now."""
        await self._patient_seen(encounter_id)
        async with self._database.connection() as connection:
            of_visit = await self._of_visit(connection, encounter_id)
        proofs: dict[str, Resource] = {}
        with seeing(None):  # that something was signed is no more secret than the thing itself
            async with self._database.transaction() as connection:
                for one in of_visit:
                    reference = f"{one['resourceType']}/{one['id']}"
                    proofs |= {
                        proof["id"]: proof
                        for proof in await self._search(connection, "Provenance", ("target", reference))
                    }
                targets = {tuple(t["reference"].split("/", 1)) for one in proofs.values() for t in one["target"]}
                current = await self._store.fetch(connection, sorted(targets))
        signed = [one for one in proofs.values() if one.get("signature")]
        return [verified(one, current, self._signatures) for one in sorted(signed, key=lambda one: one["recorded"])]

    async def _to_sign(
        self, connection: Any, encounter_id: str, asked: SignAsked, principal: Principal
    ) -> tuple[Draft, Resource, str | None]:
        """The draft, whose it is, and the Organization whose visit it is."""
        encounter = await self._store.read(connection, "Encounter", encounter_id)
        patient_id = refusing.patient_of(encounter)
        draft = await repository.draft(connection, encounter_id)
        refusing.check_author(draft, principal)
        refusing.check_version(draft, asked.version)
        if draft is None or draft.content.is_empty():
            raise refusing.nothing_to_sign()
        refusing.check_same_patient(asked.patient, patient_id)
        patient = await self._store.read(connection, "Patient", patient_id)
        refusing.refuse_merged(patient)
        return draft, patient, (encounter.get("serviceProvider") or {}).get("reference")

    async def _write(
        self, connection: Any, visit: Visit, content: Content, patient: Resource, principal: Principal
    ) -> list[Resource]:
        findings = await self._findings(connection, patient, content.drugs) if content.drugs else []
        refusing.refuse_without_reasons(findings, content.reasons)
        drugs = await self._records.drugs(connection, {one.drug for one in content.drugs if one.drug})
        written = [*resources(visit, content, drugs, findings), *following_up.resources(visit, content)]
        cause = Cause(agent=principal.name)
        await self._store.put_all(connection, written, cause)
        to_prove = [one for one in written if one["resourceType"] != "Task"]
        proof = await asyncio.to_thread(provenance, visit, to_prove, self._signatures, sorted(principal.methods))
        with seeing(None):  # nobody writes proof but the node
            await self._store.put_all(connection, [proof], cause)
        await append(connection, told(self._ids, visit, written, prescription_of(visit, content)))
        return written

    async def _patient_seen(self, encounter_id: str) -> str:
        """Whose visit it is, where the caller may see it."""
        async with self._database.connection() as connection:
            return refusing.patient_of(await self._store.read(connection, "Encounter", encounter_id))

    async def _found_now(self, patient: Resource, drugs: Sequence[WrittenDrug]) -> list[Finding]:
        """As ``_findings``, on connections of its own: one behind the caller's wall, one behind none."""
        async with self._database.connection() as connection:
            seen = await self._held_against(connection, patient, drugs)
        with seeing(None):
            async with self._database.transaction() as connection:
                whole = await self._held_against(connection, patient, drugs)
        return with_hidden(seen, whole, frozenset(one.name for one in drugs))

    async def _findings(self, connection: Any, patient: Resource, drugs: Sequence[WrittenDrug]) -> list[Finding]:
        """What stands against ``drugs`` by the whole record; what the caller may not see is not told, only that it is
        there (docs/decisions/0025). ``connection`` is in a transaction."""
        seen = await self._held_against(connection, patient, drugs)
        with seeing(None):
            whole = await self._held_against(connection, patient, drugs)
        return with_hidden(seen, whole, frozenset(one.name for one in drugs))

    async def _held_against(self, connection: Any, patient: Resource, drugs: Sequence[WrittenDrug]) -> list[Finding]:
        known = await self._records.drugs(connection, {one.drug for one in drugs if one.drug})
        lines = [Line(one.name, known.get(one.drug or ""), one.dose, one.unit, one.times_per_day) for one in drugs]
        return check(lines, await self._records.facts(connection, patient))

    async def _of_visit(self, connection: Any, encounter_id: str) -> list[Resource]:
        found: list[Resource] = []
        for type_ in _OF_VISIT:
            found += await self._search(connection, type_, ("encounter", f"Encounter/{encounter_id}"))
        return found

    async def _tests_before(self, connection: Any, of_visit: Sequence[Resource]) -> list[TestBefore]:
        asked = [one for one in of_visit if is_before_visit(one)]
        if not asked:
            return []
        based = ("based-on", ",".join(f"ServiceRequest/{one['id']}" for one in asked))
        return tests_before(asked, await self._search(connection, "Observation", based))

    async def _search(self, connection: Any, type_: str, *asked: tuple[str, str]) -> list[Resource]:
        page = await self._store.search(connection, type_, [*asked, ("_count", "100")])
        return list(page.resources())


def _items(content: Content) -> int:
    """How many things are not signed."""
    note = content.note
    has_note = any(one.strip() for one in (note.complaint, note.history, note.examination, note.plan))
    single = (has_note, *(one is not None for one in (content.referral, content.sick_note, content.follow_up)))
    return len(content.diagnoses) + len(content.orders) + len(content.drugs) + sum(single)


def _joined(encounter: Resource, practitioner: str) -> Resource:
    reference = f"Practitioner/{practitioner}"
    there = encounter.get("participant", [])
    if any((one.get("individual") or {}).get("reference") == reference for one in there):
        return encounter
    return {**encounter, "participant": [*there, {"individual": {"reference": reference}}]}
