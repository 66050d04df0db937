"""Reviewing, handing out and taking back, each in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..online import delivery_of, delivery_read
from ..record import LINE_NUMBER, Records, Resources, line_of
from ..safety import Facts, check
from ..visit import PRESCRIPTION, Act, Prove, Signatures, practitioner_of, review_of, verification
from .changing import BECOMES, NEEDED, By, changed, dispense, dispense_of, proof_of, reviewed, taken_back, versions
from .events import told
from .model import LineShown, Override, Prescription, PrescriptionShown, State, Step

Resource = dict[str, Any]
_STATUS: dict[State, str] = {"review": "on-hold", "ready": "active", "dispensed": "completed"}
_REASON_NEEDED: frozenset[Step] = frozenset({"return", "take-back"})


class Pharmacy:
    """Whoever may use it sees every prescription that is put before the pharmacy with what a review needs, also of
    guarded people and of sensitive illnesses: one that nobody reviews would never reach its patient."""

    def __init__(
        self,
        database: Database,
        store: Resources,
        records: Records,
        signatures: Signatures,
        prove: Prove,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._signatures = signatures
        self._prove = prove
        self._database = database
        self._store = store
        self._records = records
        self._clock = clock
        self._ids = ids

    async def waiting(self, state: State) -> list[Prescription]:
        """Prescriptions in that state, the oldest first; what was dispensed, the newest. At most a hundred lines."""
        order = "-_lastUpdated" if state == "dispensed" else "_lastUpdated"
        asked = [("identifier", f"{LINE_NUMBER}|"), ("status", _STATUS[state]), ("_sort", order), ("_count", "100")]
        async with self._reviewing() as connection:
            page = await self._store.search(connection, "MedicationRequest", asked)
            groups: dict[str, list[Resource]] = {}
            for one in page.resources():
                groups.setdefault(_number(one), []).append(one)
            ids = [("Patient", _patient(lines[0])) for lines in groups.values()]
            people = await self._store.fetch(connection, ids)
        return [
            _prescription(number, state, lines, people.get(("Patient", _patient(lines[0])), {}))
            for number, lines in groups.items()
        ]

    async def read(self, number: str) -> PrescriptionShown:
        """One prescription with what stands against it now. Raises NOT_FOUND."""
        async with self._reviewing() as connection:
            lines = await self._lines(connection, number)
            patient = await self._store.read(connection, "Patient", _patient(lines[0]))
            facts = await self._records.facts(connection, patient, but={one["id"] for one in lines})
            findings = check(await self._records.lines(connection, lines), facts)
            overrides = await self._overrides(connection, lines)
            wanted = "SupplyRequest", delivery_of(_visit(lines[0]))
            delivery = delivery_read((await self._store.fetch(connection, [wanted])).get(wanted))
        shown = _prescription(number, _state(lines), lines, patient)
        return PrescriptionShown(
            **shown.model_dump(),
            allergies=_allergies(facts),
            findings=findings,
            overrides=overrides,
            delivery=delivery,
        )

    async def step(self, number: str, step: Step, reason: str, principal: Principal) -> PrescriptionShown:
        """Do ``step`` with all lines of a prescription. A step that was done already changes nothing.

        Approving signs the lines as they stand. Raises INVALID without the reason that a step needs, CONFLICT where
        something else was done meanwhile; of an approval UNAUTHENTICATED where the caller must prove again who they
        are, FORBIDDEN for an account without a Practitioner.
        """
        if step == "approve":
            practitioner_of(principal)
            self._prove(principal)
        by = By(principal.practitioner, principal.name, self._clock.now(), reason.strip())
        if step in _REASON_NEEDED and not by.reason:
            raise XinglinError(
                Category.INVALID, "say why, so that the doctor can act", "请写明原因，便于医生处理", expression="reason"
            )
        async with self._reviewing() as connection:
            lines = await self._lines(connection, number)
            if all(one["status"] == BECOMES[step] for one in lines):
                return await self.read(number)
            if any(one["status"] != NEEDED[step] for one in lines):
                raise XinglinError(
                    Category.CONFLICT,
                    f"this prescription is {lines[0]['status']}: that cannot be done now",
                    f"该处方当前状态为 {lines[0]['status']}，不能进行此操作",
                )
            await self._change(connection, step, number, lines, by)
            if step == "approve":
                await self._sign(connection, number, lines, by, principal)
        return await self.read(number)

    @asynccontextmanager
    async def _reviewing(self) -> AsyncIterator[Connection]:
        """A transaction of the pharmacy's own, in which the rules about single records do not hold."""
        with seeing(None):
            async with self._database.transaction() as connection:
                yield connection

    async def _change(self, connection: Any, step: Step, number: str, lines: Sequence[Resource], by: By) -> None:
        cause = Cause(agent=by.name)
        written = [changed(step, one, by) for one in lines]
        expected = versions(lines)
        if step == "dispense":
            written += [dispense(one, by) for one in lines]
            expected |= {("MedicationDispense", dispense_of(one["id"])): 0 for one in lines}
        elif step == "take-back":
            asked = [("MedicationDispense", dispense_of(one["id"])) for one in lines]
            handed_out = await self._store.fetch(connection, asked)
            written += [taken_back(one, by) for one in handed_out.values()]
            expected |= versions(list(handed_out.values()))
        await self._store.put_all(connection, written, cause, expected)
        if step in ("approve", "return"):
            found = await self._store.fetch(connection, [("Task", review_of(number))])
            done = [reviewed(step, one, by) for one in found.values()]
            await self._store.put_all(connection, done, cause)
        references = [f"{one['resourceType']}/{one['id']}" for one in written]
        await append(connection, [told(self._ids, step, _patient(lines[0]), number, references, by.at)])

    async def _sign(
        self, connection: Any, number: str, lines: Sequence[Resource], by: By, principal: Principal
    ) -> None:
        act = Act(proof_of(number), _visit(lines[0]), practitioner_of(principal), by.name, by.moment)
        proof = await asyncio.to_thread(verification, act, lines, self._signatures, sorted(principal.methods))
        await self._store.put_all(connection, [proof], Cause(agent=by.name))

    async def _lines(self, connection: Any, number: str) -> list[Resource]:
        asked = [
            ("identifier", ",".join(f"{LINE_NUMBER}|{number}/{place}" for place in range(1, 31))),
            ("_count", "30"),
        ]
        page = await self._store.search(connection, "MedicationRequest", asked)
        found = [one for one in page.resources() if _number(one) == number]
        if not found:
            raise XinglinError(Category.NOT_FOUND, f"there is no prescription {number}", f"没有处方 {number}")
        return sorted(found, key=_place)

    async def _overrides(self, connection: Any, lines: Sequence[Resource]) -> list[Override]:
        implicated = ",".join(f"MedicationRequest/{one['id']}" for one in lines)
        page = await self._store.search(connection, "DetectedIssue", [("implicated", implicated), ("_count", "100")])
        return [
            Override(
                finding=str(one.get("detail", "")),
                reason=str(said["action"].get("text", "")),
                by=str((said.get("author") or {}).get("display", "")),
            )
            for one in page.resources()
            for said in one.get("mitigation", ())
        ]


def _number(request: Mapping[str, Any]) -> str:
    group = request.get("groupIdentifier") or {}
    return str(group.get("value", "")) if group.get("system") == PRESCRIPTION else ""


def _place(request: Mapping[str, Any]) -> int:
    value = next(one["value"] for one in request["identifier"] if one.get("system") == LINE_NUMBER)
    return int(value.rpartition("/")[2])


def _patient(request: Mapping[str, Any]) -> str:
    return str(request["subject"]["reference"].partition("/")[2])


def _visit(request: Mapping[str, Any]) -> str:
    return str((request.get("encounter") or {}).get("reference", "")).partition("/")[2]


def _state(lines: Sequence[Mapping[str, Any]]) -> State:
    status = lines[0]["status"]
    return "review" if status == "on-hold" else "ready" if status == "active" else "dispensed"


def _allergies(facts: Facts) -> list[str] | None:
    return None if facts.allergies is None else [one.text for one in facts.allergies]


def _prescription(
    number: str, state: State, lines: Sequence[Mapping[str, Any]], patient: Mapping[str, Any]
) -> Prescription:
    first = lines[0]
    names = patient.get("name") or [{}]
    return Prescription(
        number=number,
        state=state,
        patient=_patient(first),
        name=str(names[0].get("text") or f"{names[0].get('family', '?')}{''.join(names[0].get('given', ()))}"),
        sex=patient.get("gender"),
        birth_date=patient.get("birthDate"),
        prescriber=str((first.get("requester") or {}).get("display", "")),
        issued_at=str(first.get("authoredOn", "")),
        diagnoses=[str(one.get("text", "")) for one in first.get("reasonCode", ())],
        lines=[_line_shown(one) for one in sorted(lines, key=_place)],
    )


def _line_shown(one: Mapping[str, Any]) -> LineShown:
    supply, taken = one.get("dispenseRequest") or {}, line_of(one, None)
    quantity = supply.get("quantity") or {}
    return LineShown(
        request=str(one["id"]),
        name=str((one.get("medicationCodeableConcept") or {}).get("text", "?")),
        directions=str((one.get("dosageInstruction") or [{}])[0].get("text", "")),
        dose=taken.dose,
        unit=taken.unit,
        times_per_day=taken.times_per_day,
        days=(supply.get("expectedSupplyDuration") or {}).get("value"),
        quantity=f"{quantity['value']} {quantity.get('unit', '')}".strip() if quantity else "",
        state=str(one["status"]),
    )
