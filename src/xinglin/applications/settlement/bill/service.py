"""Keeps a visit's bill in step with what is ordered, approved and cancelled in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Event, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.ids import Ids, derived

from .. import ledger
from ..events import bill_changed
from ..price import Prices
from . import charging, repository
from .model import Charge, Invoice, State, total_of
from .resource import resources

CAUSE = Cause(agent="settlement")
_REQUESTS = ("ServiceRequest", "MedicationRequest")
_OPENING = frozenset({"encounter.started", "visit.signed", "order.placed"})
_MOST = "300"


@dataclass(frozen=True, slots=True)
class Bill:
    """A visit with its invoices, those withdrawn left out; ``owed_back`` are paid lines whose source was cancelled."""

    encounter: dict[str, Any]
    patient: str
    invoices: list[Invoice]
    owed_back: list[Charge]


class Bills:
    """Every method works on the caller's connection and as the room: callers see that whoever asks may."""

    def __init__(self, store: Store, prices: Prices, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._prices = prices
        self._clock = clock
        self._ids = ids

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Open accounts for visits that began here, and work out anew what changed; the same events change nothing.

        Most of what changes on a node is of people who are not billed here, and is not read.
        """
        encounters = {_id(event.body["encounter"]) for event in events if event.name in _OPENING}
        touched = {id_ for event in events for type_, id_ in _changed(event) if type_ == "Encounter"}
        asked = {_id(event.key) for event in events if any(type_ in _REQUESTS for type_, _ in _changed(event))}
        patients = await repository.billed_patients(connection, sorted(asked)) if asked else set()
        concerned = [event for event in events if _id(event.key) in patients]
        changed = {one for event in concerned for one in _changed(event) if one[0] in _REQUESTS}
        found = await self._store.fetch(connection, sorted(changed))
        touched |= {_id((one.get("encounter") or {}).get("reference", "")) for one in found.values()} - {""}
        gone = changed - set(found)
        losing = [_id(event.key) for event in concerned if not gone.isdisjoint(_changed(event))]
        if losing:  # what is deleted no longer tells its visit
            touched |= set(await repository.accounts_of(connection, losing))
        billed = await repository.with_account(connection, sorted(touched - encounters))
        for encounter in sorted({*encounters, *billed}):
            await self.refresh(connection, encounter)

    async def refresh(self, connection: Any, encounter_id: str) -> Bill:
        """The bill as it is now, worked out from the visit's resources. What is issued or paid stays as it is: what
        came after is on a further invoice. Raises NOT_FOUND without the visit."""
        await repository.lock(connection, encounter_id)
        encounter = await self._store.read(connection, "Encounter", encounter_id)
        patient = _id((encounter.get("subject") or {}).get("reference", ""))
        await repository.open_account(connection, encounter_id, patient, self._clock.now())
        requests = await self._requests(connection, encounter_id)
        prices = await self._prices.of(connection, charging.asked(encounter, requests))
        found = charging.charges(encounter, requests, prices)
        invoices = await repository.invoices(connection, [encounter_id])
        standing = [one for one in invoices if one.state in ("issued", "balanced")]
        billed = {line.source for one in standing for line in one.lines}
        draft = next((one for one in invoices if one.state == "draft"), None)
        fresh = self._draft(draft, encounter_id, patient, invoices, [one for one in found if one.source not in billed])
        if fresh is not None and fresh != draft:
            sources = {line.source for line in fresh.lines}
            dropped = [line for line in (draft.lines if draft else ()) if line.source not in sources | billed]
            await self.keep(connection, fresh, dropped)
        stands = {one.source for one in found}
        paid = [line for one in invoices if one.state == "balanced" for line in one.lines]
        kept = [*standing, *([fresh] if fresh is not None else [])]
        return Bill(encounter, patient, kept, [line for line in paid if line.source not in stands])

    async def issue(self, connection: Any, one: Invoice) -> Invoice:
        """Fix a draft, so that exactly it is paid: what has no price yet goes on the next. Posts what is owed."""
        lines = [line for line in one.lines if line.amount_fen is not None]
        fixed = msgspec.structs.replace(one, state="issued", lines=lines, total_fen=total_of(lines))
        await self.keep(connection, fixed)
        await ledger.post(connection, ledger.invoiced(one.id, fixed.total_fen), self._clock.now())
        if len(lines) < len(one.lines):
            await self.refresh(connection, one.encounter)
        return fixed

    async def withdraw(self, connection: Any, one: Invoice) -> None:
        """Take an issued invoice back whose payment did not come about; what it held is on a new draft."""
        await self.keep(connection, msgspec.structs.replace(one, state="withdrawn"))
        await ledger.post(connection, ledger.withdrawn(one.id, one.total_fen), self._clock.now())
        await self.refresh(connection, one.encounter)

    async def balance(self, connection: Any, one: Invoice, at: datetime) -> Invoice:
        """An issued invoice is paid."""
        paid = msgspec.structs.replace(one, state="balanced", paid_at=at)
        await self.keep(connection, paid)
        return paid

    async def keep(self, connection: Any, one: Invoice, dropped: Sequence[Charge] = ()) -> None:
        """Write the row, the resources and the event."""
        await repository.put(connection, one)
        await self._store.put_all(connection, resources(one, dropped), CAUSE)
        await append(connection, [bill_changed(self._ids, one.patient, one.encounter, one.id, self._clock.now())])

    def _draft(
        self, draft: Invoice | None, encounter: str, patient: str, invoices: Sequence[Invoice], lines: list[Charge]
    ) -> Invoice | None:
        if draft is not None:
            return msgspec.structs.replace(draft, patient=patient, lines=lines, total_fen=total_of(lines))
        if not lines:
            return None
        place = 1 + max((one.place for one in invoices), default=0)
        id_, state = derived("invoice", encounter, str(place)), _DRAFT
        return Invoice(id_, encounter, patient, place, state, lines, total_of(lines), self._clock.now())

    async def _requests(self, connection: Any, encounter: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for type_ in _REQUESTS:
            asked = [("encounter", f"Encounter/{encounter}"), ("_count", _MOST)]
            found += (await self._store.search(connection, type_, asked)).resources()
        return found


_DRAFT: State = "draft"


def _changed(event: Event) -> list[tuple[str, str]]:
    return [(change["type"], change["id"]) for change in event.body.get("changes", ())]


def _id(reference: str) -> str:
    return reference.rpartition("/")[2]
