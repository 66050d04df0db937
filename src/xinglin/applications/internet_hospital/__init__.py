"""The internet hospital: one page on which a doctor sees, decides, orders and signs; and the pharmacy behind it."""

from __future__ import annotations

from pathlib import Path

from xinglin.data_platform.store import Store
from xinglin.data_platform.terminology import Catalogues
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Module

from . import pharmacy, visit
from .record import Records
from .visit.service import Prove

MIGRATIONS = Migrations("internet_hospital", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "module"]


def module(
    database: Database,
    store: Store,
    catalogues: Catalogues,
    signatures: visit.Signatures,
    prove: Prove,
    clock: Clock,
    ids: Ids,
) -> Module:
    """The room. ``signatures`` signs with the node's key, ``prove`` raises where somebody has not just proved who they
    are."""
    records = Records(store, catalogues, clock)
    api = visit.router(visit.Rooms(database, store, records, signatures, prove, clock, ids))
    api.routes.extend(pharmacy.router(pharmacy.Pharmacy(database, store, records, clock, ids)).routes)
    return Module(
        name="internet_hospital",
        api=api,
        permissions=(visit.CONSULT, pharmacy.REVIEW),
        events=(
            visit.VISIT_SIGNED,
            visit.ORDER_PLACED,
            visit.PRESCRIPTION_ISSUED,
            pharmacy.PRESCRIPTION_APPROVED,
            pharmacy.PRESCRIPTION_RETURNED,
            pharmacy.MEDICATION_DISPENSED,
            pharmacy.MEDICATION_TAKEN_BACK,
        ),
        migrations=MIGRATIONS,
    )
